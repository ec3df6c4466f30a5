import { type Render } from '../../engine/render.js';
import { oddStatus, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';

/** Nobody is called back: there is Pub/Sub for that. */
export const vertexWire: Wire = { name: 'vertex', announces: 'nothing', refuse };

const responseType = 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse';

/** By google.rpc's numbers. */
const errors = {
  failed: { code: 13, message: 'Internal error. Please try again.' },
  expired: { code: 4, message: 'Deadline expired before operation could complete.' },
  cancelled: { code: 1, message: 'The operation was cancelled.' },
} as const;

export function operationName({ id, order }: Render): string {
  return `${String(order.echo.name)}/operations/${id}`;
}

/**
 * An operation: its name and nothing else until it is done, be it queued or running. `bytes`: the film in base64, for
 * whoever named no bucket. A filtered video is a response without videos and no error.
 */
export function viewOf({ render, state, oddStatus: odd }: Sighting, bytes?: string) {
  const name = operationName(render);
  if (odd) return { name, done: oddStatus };
  switch (state.phase) {
    case 'queued':
    case 'running':
      return { name };
    case 'succeeded': {
      const videos = samplesOf(render).map((gcsUri) => ({
        ...(gcsUri === undefined ? { bytesBase64Encoded: bytes } : { gcsUri }),
        mimeType: 'video/mp4',
      }));
      return { name, done: true, response: { '@type': responseType, raiMediaFilteredCount: 0, videos } };
    }
    case 'moderated': {
      const raiMediaFilteredReasons = [
        "Sorry, we can't create videos that violate our policies. Your current safety filter settings filtered out 1 of the videos. You will not be charged for blocked videos. Support codes: 56562880",
      ];
      return {
        name,
        done: true,
        response: { '@type': responseType, raiMediaFilteredCount: 1, raiMediaFilteredReasons },
      };
    }
    case 'failed':
    case 'expired':
    case 'cancelled':
      return { name, done: true, error: errors[state.phase] };
  }
}

/** Where the films are; undefined for each one that was not to be stored. */
export function samplesOf({ id, order }: Render): (string | undefined)[] {
  const { storageUri, samples } = order.echo;
  return Array.from({ length: Number(samples) }, (_, index) =>
    typeof storageUri === 'string'
      ? `${storageUri.replace(/\/*$/, '')}/${numberOf(id)}/sample_${index}.mp4`
      : undefined,
  );
}

/** The folder of an operation in the bucket: a number. */
function numberOf(id: string): string {
  return BigInt(`0x${id.replaceAll('-', '')}`).toString();
}

/** The operation whose folder this is, if the object is a film at all. */
export function idOfObject(object: string): string | undefined {
  const folder = /(?:^|\/)(\d{1,39})\/sample_\d\.mp4$/.exec(object)?.[1];
  if (folder === undefined) return undefined;
  const hex = BigInt(folder).toString(16).padStart(32, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
