import { Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Limiter } from '../limit/limiter.js';
import { Admission } from './admission.js';
import { isVideoPath } from './dialect-of.js';

/** What a caller speaks where the key decides, for an error that comes before anybody has asked for the key. */
@Injectable()
export class Tongue {
  constructor(
    private readonly admission: Admission,
    private readonly limiter: Limiter,
  ) {}

  /** Never throws: whose key cannot be looked up is told in the default. */
  async learn(request: FastifyRequest): Promise<void> {
    const { edge, ip, url } = request;
    if (edge.keyDialect !== undefined || !isVideoPath(url)) return;
    try {
      this.limiter.takeAddress(ip);
      edge.keyDialect = (await this.admission.keyOf(request)).dialect;
    } catch {
      return;
    }
  }
}
