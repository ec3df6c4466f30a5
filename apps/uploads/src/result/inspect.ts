import { BufferSource, FilePathSource, Input, MATROSKA, MP4, QTFF, WEBM } from 'mediabunny';
import { type Format, sniff } from '../format/format.js';
import { type Collected, withReader } from './collect.js';
import { isWhole } from './container.js';
import { StoreFailure } from './failure.js';

export interface VideoFacts {
  readonly format: Format;
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
}

/** Containers only. Playlists (HLS and the like) would make a demuxer open URLs. */
const containers = [MP4, QTFF, WEBM, MATROSKA];
const maxSide = 16_384;
const maxSeconds = 2 * 3_600;
const maxTracks = 16;

/**
 * What a result really is, read from its own bytes.
 * @throws StoreFailure `unreadable`: retryable when bytes are missing, not when it is no video.
 */
export async function inspect(file: Collected): Promise<VideoFacts> {
  const format = await sniff(file.head);
  if (format?.kind !== 'video') {
    throw new StoreFailure(
      'unreadable',
      `The result is no video but ${format?.contentType ?? 'something else'}`,
      false,
    );
  }
  const whole = await withReader(file.content, (readAt) => isWhole(readAt, file.size, format.extension));
  if (!whole) throw new StoreFailure('unreadable', 'The result breaks off', true);
  return { format, ...(await measure(file)) };
}

async function measure({ content }: Collected): Promise<Omit<VideoFacts, 'format'>> {
  const source = content.place === 'memory' ? new BufferSource(content.bytes) : new FilePathSource(content.path);
  const input = new Input({ source, formats: containers });
  try {
    const [track, tracks] = await Promise.all([input.getPrimaryVideoTrack(), input.getTracks()]);
    if (track === null || tracks.length > maxTracks) throw unusable('it has no video track');
    const [width, height] = await Promise.all([track.getDisplayWidth(), track.getDisplayHeight()]);
    const seconds = (await input.getDurationFromMetadata()) ?? (await input.computeDuration());
    if (!(width > 0 && height > 0 && width <= maxSide && height <= maxSide)) throw unusable(`it is ${width}x${height}`);
    if (!(seconds > 0 && seconds <= maxSeconds)) throw unusable(`it lasts ${seconds} s`);
    return { width, height, durationMs: Math.max(1, Math.round(seconds * 1000)) };
  } catch (error) {
    if (error instanceof StoreFailure) throw error;
    throw unusable('its tables cannot be read');
  } finally {
    input.dispose();
  }
}

function unusable(why: string): StoreFailure {
  return new StoreFailure('unreadable', `The result cannot be used: ${why}`, false);
}
