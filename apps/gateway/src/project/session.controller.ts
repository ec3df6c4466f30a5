import { Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { aistudiosCredentials, aistudiosOperations, aistudiosSuccess } from '@videoapi/dialects';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Authenticator } from '../api-key/authenticator.js';
import { Describe } from '../docs/describe.js';
import { AdmitsItself } from '../edge/access.js';
import { Admission } from '../edge/admission.js';

/** Where a client of AI Studios turns its key into a token for the day, and asks whether that is still good. */
@Controller('/api/odin/v3/auth')
@AdmitsItself()
export class SessionController {
  constructor(
    private readonly admission: Admission,
    private readonly authenticator: Authenticator,
  ) {}

  /** `userKey` is an API key; whose it is follows from it, so `appId` may stay what the client has. */
  @Post('/token')
  @Describe(aistudiosOperations.openSession)
  @HttpCode(200)
  async open(@Req() { body }: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { userKey } = aistudiosCredentials(body);
    const key = await this.authenticator.keyOf(userKey);
    await this.admission.admit(key, undefined, reply);
    return aistudiosSuccess({ token: this.authenticator.openSession(key) });
  }

  @Get()
  @Describe(aistudiosOperations.checkSession)
  async check(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    try {
      await this.admission.admit(await this.admission.keyOf(request), undefined, reply);
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 401) throw error;
      return aistudiosSuccess({ isAuthenticated: false });
    }
    return aistudiosSuccess({ isAuthenticated: true });
  }
}
