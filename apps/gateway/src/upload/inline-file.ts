import { createHash } from 'node:crypto';
import { AppError, type TaskRequest } from '@videoapi/contracts';
import { isDataUrl, maxDataUrlBytes } from '@videoapi/dialects';

/** A file that a request carries as a data URL in the place of an address. */
export interface InlineFile {
  readonly contentType: string;
  readonly bytes: Buffer;
  /** SHA-256, hexadecimal: the same as if the file had been a part of a form. */
  readonly digest: string;
}

/** By the data URL itself, for all that a request has. @throws AppError `invalid_field` */
export function inlineFilesOf(request: TaskRequest): ReadonlyMap<string, InlineFile> {
  const files = new Map<string, InlineFile>();
  eachAsset(request, (asset, param) => {
    if (isDataUrl(asset) && !files.has(asset)) files.set(asset, decode(asset, param));
  });
  return files;
}

/** The request with every asset that is in the map replaced. */
export function withAssets(request: TaskRequest, keys: ReadonlyMap<string, string>): TaskRequest {
  const put = (asset: string) => keys.get(asset) ?? asset;
  return {
    ...request,
    images: request.images.map(put),
    videos: request.videos.map(put),
    audios: request.audios.map(put),
    ...(request.firstFrame !== undefined && { firstFrame: put(request.firstFrame) }),
    ...(request.lastFrame !== undefined && { lastFrame: put(request.lastFrame) }),
  };
}

function eachAsset(request: TaskRequest, visit: (asset: string, param: string) => void): void {
  for (const list of ['images', 'videos', 'audios'] as const) {
    request[list].forEach((asset, index) => visit(asset, `${list}[${index}]`));
  }
  for (const frame of ['firstFrame', 'lastFrame'] as const) {
    const asset = request[frame];
    if (asset !== undefined) visit(asset, frame);
  }
}

function decode(url: string, param: string): InlineFile {
  const comma = url.indexOf(',');
  const [, contentType] =
    /^data:([\w.+-]+\/[\w.+-]+)(?:;[\w.=-]+)*;base64$/.exec(url.slice(0, comma).slice(0, 200)) ?? [];
  if (contentType === undefined) throw refusal(param, 'A data URL must be like data:image/png;base64,…');
  const bytes = Buffer.from(url.slice(comma + 1), 'base64');
  if (bytes.length === 0) throw refusal(param, 'The data URL holds no file.');
  if (bytes.length > maxDataUrlBytes) throw refusal(param, `A data URL may hold ${maxDataUrlBytes} bytes.`);
  return { contentType, bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

function refusal(param: string, message: string): AppError {
  return new AppError('invalid_field', message, { param });
}
