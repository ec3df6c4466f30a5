import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { readForm, type Submission } from '@videoapi/dialects';
import { type FastifyRequest } from 'fastify';
import { type Caller } from '../api-key/caller.js';
import { checkJson } from '../edge/json-body.js';
import { type Draft } from '../task/intake.js';
import { FileStore } from '../upload/file-store.js';
import { readFormBody } from '../upload/form-body.js';
import { inlineFilesOf, withAssets } from '../upload/inline-file.js';

/** For all files that came inside the body: they are here already, only uploads can be slow. */
const inlineTimeoutMs = 60_000;

/** A body of `/v1/videos`, whichever way it came. */
export interface VideoBody {
  readonly fields: unknown;
  /** SHA-256 of the files that came with it, by the keys they got. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Create calls that bring their files along: as parts of a form, or as data URLs. */
@Injectable()
export class VideoDrafts {
  constructor(private readonly files: FileStore) {}

  /** Files of a form are stored when this returns; their places hold their keys. */
  async read(request: FastifyRequest, caller: Caller): Promise<VideoBody> {
    const { body, headers, edge } = request;
    if (!(body instanceof Readable)) return { fields: body, digests: new Map() };
    const { accountId } = caller;
    const { requestId } = edge;
    const form = await readFormBody(body, headers['content-type'] ?? '', (file, signal) =>
      this.files.keep(file, { accountId, requestId, signal }),
    );
    const fields = readForm(form.entries);
    checkJson(fields);
    return { fields, digests: new Map(form.files.map(({ key, digest }) => [key, digest])) };
  }

  /** Throws `invalid_field` for a data URL that cannot be decoded. */
  draft(submission: Submission, digests: VideoBody['digests'], request: FastifyRequest, caller: Caller): Draft {
    const inline = inlineFilesOf(submission.request);
    if (inline.size === 0) return { submission, digests, complete: () => Promise.resolve(submission) };
    const complete = async () => {
      const signal = AbortSignal.timeout(inlineTimeoutMs);
      const sender = { accountId: caller.accountId, requestId: request.edge.requestId, signal };
      const keys = new Map<string, string>();
      for (const [url, { contentType, bytes }] of inline) {
        const file = { filename: contentType.replace('/', '.'), contentType, bytes: [bytes] };
        keys.set(url, (await this.files.keep(file, sender)).key);
      }
      return { ...submission, request: withAssets(submission.request, keys) };
    };
    const byUrl = [...inline].map(([url, { digest }]): [string, string] => [url, digest]);
    return { submission, digests: new Map([...digests, ...byUrl]), complete };
  }
}
