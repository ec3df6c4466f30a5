import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type FastifyReply, type FastifyRequest } from 'fastify';

const compress = promisify(gzip);

/** Something that stays the same for as long as this process runs: compressed once, and sent only to who has it not. */
export class StaticFile {
  private constructor(
    private readonly plain: Buffer,
    private readonly compressed: Buffer,
    private readonly mediaType: string,
    private readonly tag: string,
  ) {}

  static async of(content: string | Buffer, mediaType: string): Promise<StaticFile> {
    const plain = Buffer.from(content);
    // Weak, since it stands for the compressed bytes too.
    const tag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
    return new StaticFile(plain, await compress(plain), mediaType, tag);
  }

  send({ headers }: Pick<FastifyRequest, 'headers'>, reply: FastifyReply): void {
    void reply.headers({ etag: this.tag, 'cache-control': 'public, max-age=300', vary: 'accept-encoding' });
    if (headers['if-none-match']?.includes(this.tag) === true) {
      void reply.status(304).send();
      return;
    }
    const isCompressed = /\bgzip\b/.test(headers['accept-encoding'] ?? '');
    if (isCompressed) void reply.header('content-encoding', 'gzip');
    void reply.type(this.mediaType).send(isCompressed ? this.compressed : this.plain);
  }
}
