import { finished, PassThrough, type Readable } from 'node:stream';

/**
 * The same bytes, for somebody who may give up on them half-way: what is destroyed then is this stream and not the
 * request, whose sender must still be able to finish and to hear why. When the sender goes away, so does this.
 */
export function detached(source: Readable): Readable {
  const bytes = new PassThrough();
  finished(source, { writable: false }, (cause) => {
    if (cause !== undefined && cause !== null) bytes.destroy(cause);
  });
  bytes.once('close', () => {
    source.unpipe(bytes);
    source.resume();
  });
  return source.pipe(bytes);
}
