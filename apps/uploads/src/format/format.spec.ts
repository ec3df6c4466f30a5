import { extensionOf, formatOf, sniff } from './format.js';

const text = (value: string): Buffer => Buffer.concat([Buffer.from(value, 'latin1'), Buffer.alloc(64)]);

describe('sniff', () => {
  it.each([
    ['png', 'image/png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['jpeg', 'image/jpeg', Buffer.from('ffd8ffe000104a464946', 'hex')],
    ['webp', 'image/webp', text('RIFF\x10\0\0\0WEBPVP8 ')],
    ['mp4', 'video/mp4', text('\0\0\0\x18ftypisom')],
    ['m4v', 'video/mp4', text('\0\0\0\x18ftypM4V ')],
    ['mov', 'video/quicktime', text('\0\0\0\x14ftypqt  ')],
    ['m4a', 'audio/mp4', text('\0\0\0\x18ftypM4A ')],
    ['wav', 'audio/wav', text('RIFF\x10\0\0\0WAVEfmt ')],
    ['mp3 behind a large ID3 tag', 'audio/mpeg', text('ID3\x04\0\0\x7f\x7f\x7f\x7f')],
  ])('knows %s as %s', async (_name, contentType, bytes) => {
    expect((await sniff(bytes))?.contentType).toBe(contentType);
  });

  it.each([
    ['HTML', text('<!doctype html><html>')],
    ['SVG', text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">')],
    ['a playlist', text('#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/\n')],
    ['GIF', text('GIF89a')],
    ['PDF', text('%PDF-1.7')],
    ['ZIP', text('PK\x03\x04')],
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(1000)],
  ])('does not take %s', async (_name, bytes) => {
    expect(await sniff(bytes)).toBeUndefined();
  });
});

describe('formatOf', () => {
  it('knows the names that people use', () => {
    expect(formatOf('Image/JPG; charset=x')?.contentType).toBe('image/jpeg');
    expect(formatOf('audio/x-wav')?.contentType).toBe('audio/wav');
    expect(formatOf('video/mp4')?.kind).toBe('video');
    for (const other of ['', 'text/html', 'image/svg+xml', 'constructor', '__proto__'])
      expect(formatOf(other)).toBeUndefined();
    expect([extensionOf('image/jpeg'), extensionOf('text/html')]).toEqual(['jpg', 'bin']);
  });
});
