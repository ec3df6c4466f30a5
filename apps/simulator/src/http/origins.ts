import { type FastifyRequest } from 'fastify';

/** Where links to results point: the configured public URL, else the address under which the caller reached us. */
export class Origins {
  private readonly publicUrl: string | undefined;

  constructor(publicUrl: string | undefined) {
    this.publicUrl = publicUrl?.replace(/\/+$/, '');
  }

  of(request: FastifyRequest): string {
    return this.publicUrl ?? `${request.protocol}://${request.host}`;
  }
}
