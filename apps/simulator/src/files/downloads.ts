import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Counters } from '../control/counters.js';
import { pause, type Clock } from '../engine/clock.js';
import { type Engine, filmOf } from '../engine/engine.js';
import { type Render } from '../engine/render.js';
import { Refusal } from '../http/refusal.js';
import { type FilmFile, type Films } from '../render/films.js';
import { takeTurn } from '../script/turns.js';
import { parseRange } from './range.js';

export type Part = 'video' | 'thumbnail' | 'spritesheet' | 'last_frame';

const contentTypes: Record<Part, string> = {
  video: 'video/mp4',
  thumbnail: 'image/webp',
  spritesheet: 'image/jpeg',
  last_frame: 'image/png',
};
const notAVideo = Buffer.from('This is what a provider sends when its storage has lost the video.\n'.repeat(64));

/** Serves what was rendered, whole or broken as the script has it. */
export class Downloads {
  constructor(
    private readonly clock: Clock,
    private readonly engine: Engine,
    private readonly films: Films,
    private readonly counters: Counters,
  ) {}

  /** Throws Refusal `not_found` until the render has succeeded. */
  async send(render: Render, part: Part, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { script, turns, order } = render;
    render.counts.downloads += 1;
    this.counters.add(order.provider, 'downloaded');
    await pause(this.clock, script['result-delay']);
    if (takeTurn(turns, script, 'result-404')) throw new Refusal('not_found', 'There is no such file.');
    if (takeTurn(turns, script, 'result-5xx')) throw new Refusal('server_error', 'Something went wrong.');
    if (this.engine.stateOf(render).phase !== 'succeeded') throw new Refusal('not_found', 'The video is not ready.');
    const file = script['bad-video'] === undefined ? await this.fileOf(render, part) : undefined;
    void reply.header('content-type', contentTypes[part]);
    if (file === undefined) return void reply.send(notAVideo);
    if (takeTurn(turns, script, 'result-truncated')) return breakOff(file, reply);
    if (takeTurn(turns, script, 'result-short')) {
      return void reply.send((await readFile(file.path)).subarray(0, Math.floor(file.bytes / 2)));
    }
    sendFile(file, request, reply);
  }

  /** For a provider that puts the film into its answer. */
  async base64Of(render: Render): Promise<string> {
    const { path } = await this.fileOf(render, 'video');
    return (await readFile(path)).toString('base64');
  }

  private async fileOf(render: Render, part: Part): Promise<FilmFile> {
    const film = filmOf(render.order);
    const make = () => (part === 'video' ? this.films.make(film) : this.films.makeStill(film, part));
    const file = await make();
    const gone = await access(file.path).then(
      () => false,
      () => true,
    );
    if (gone) this.films.forget(file);
    const found = gone ? await make() : file;
    if (part === 'video') render.file = found;
    return found;
  }
}

function sendFile(file: FilmFile, request: FastifyRequest, reply: FastifyReply): void {
  const etag = `"${file.sha256.slice(0, 32)}"`;
  void reply.headers({ etag, 'accept-ranges': 'bytes', 'cache-control': 'private, max-age=3600' });
  if (request.headers['if-none-match'] === etag) return void reply.status(304).send();
  const fresh = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  const range = fresh ? parseRange(request.headers.range, file.bytes) : undefined;
  if (range === 'unsatisfiable') {
    return void reply.status(416).header('content-range', `bytes */${file.bytes}`).send();
  }
  const { first, last } = range ?? { first: 0, last: file.bytes - 1 };
  if (range !== undefined) void reply.status(206).header('content-range', `bytes ${first}-${last}/${file.bytes}`);
  void reply.header('content-length', last - first + 1);
  void reply.send(createReadStream(file.path, { start: first, end: last }));
}

/** Promises the whole file and cuts the connection half way. */
function breakOff(file: FilmFile, reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'video/mp4', 'content-length': file.bytes });
  const half = createReadStream(file.path, { end: Math.floor(file.bytes / 2) });
  half.on('error', () => reply.raw.destroy()).on('end', () => reply.raw.destroy());
  half.pipe(reply.raw, { end: false });
}
