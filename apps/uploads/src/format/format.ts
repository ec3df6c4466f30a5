import { fileTypeFromBuffer } from 'file-type';

export type MediaKind = 'image' | 'video' | 'audio';

export interface Format {
  readonly kind: MediaKind;
  readonly contentType: string;
  readonly extension: string;
}

/** What may be stored here at all. Never SVG or HTML: they are programs, and our own host would serve them. */
const formats = {
  mp4: { kind: 'video', contentType: 'video/mp4', extension: 'mp4' },
  mov: { kind: 'video', contentType: 'video/quicktime', extension: 'mov' },
  webm: { kind: 'video', contentType: 'video/webm', extension: 'webm' },
  mkv: { kind: 'video', contentType: 'video/x-matroska', extension: 'mkv' },
  png: { kind: 'image', contentType: 'image/png', extension: 'png' },
  jpg: { kind: 'image', contentType: 'image/jpeg', extension: 'jpg' },
  webp: { kind: 'image', contentType: 'image/webp', extension: 'webp' },
  wav: { kind: 'audio', contentType: 'audio/wav', extension: 'wav' },
  mp3: { kind: 'audio', contentType: 'audio/mpeg', extension: 'mp3' },
  m4a: { kind: 'audio', contentType: 'audio/mp4', extension: 'm4a' },
} as const satisfies Record<string, Format>;

/** Names that people and browsers give to the same formats. */
const aliases: Readonly<Record<string, Format>> = {
  'image/jpg': formats.jpg,
  'audio/mp3': formats.mp3,
  'audio/x-wav': formats.wav,
  'audio/wave': formats.wav,
  'audio/x-m4a': formats.m4a,
  'video/x-m4v': formats.mp4,
  'video/matroska': formats.mkv,
};

/** How many of a file's first bytes `sniff` wants to see. */
export const sniffBytes = 65_536;

/** What the bytes are, whatever anybody calls them; `undefined` for everything that is not on the list. */
export async function sniff(head: Uint8Array): Promise<Format | undefined> {
  const found = await fileTypeFromBuffer(head);
  if (found !== undefined) return byExtension.get(found.ext === 'm4v' ? 'mp4' : found.ext);
  // An ID3 tag with a large cover picture pushes the first MPEG frame out of the head.
  return startsWithId3(head) ? formats.mp3 : undefined;
}

export function formatOf(contentType: string): Format | undefined {
  const bare = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return byContentType.get(bare);
}

/** The extension a stored object's link ends in. */
export function extensionOf(contentType: string): string {
  return formatOf(contentType)?.extension ?? 'bin';
}

const byExtension = new Map<string, Format>(Object.entries(formats));

const byContentType = new Map<string, Format>([
  ...Object.values(formats).map((format): [string, Format] => [format.contentType, format]),
  ...Object.entries(aliases),
]);

function startsWithId3(head: Uint8Array): boolean {
  return head[0] === 0x49 && head[1] === 0x44 && head[2] === 0x33;
}
