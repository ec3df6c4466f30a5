import { isWhole } from './container.js';

const whole = (bytes: Buffer, extension = 'mp4'): Promise<boolean> =>
  isWhole((position, length) => Promise.resolve(bytes.subarray(position, position + length)), bytes.length, extension);

function box(type: string, payload: Buffer, size = payload.length + 8): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(size, 0);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, payload]);
}

function longBox(type: string, payload: Buffer, size = BigInt(payload.length + 16)): Buffer {
  const long = Buffer.alloc(8);
  long.writeBigUInt64BE(size);
  return Buffer.concat([box(type, Buffer.alloc(0), 1), long, payload]);
}

const ftyp = box('ftyp', Buffer.from('isom0000'));

describe('an ISO file', () => {
  it('is whole when its last box ends where the file ends', async () => {
    expect(await whole(Buffer.concat([ftyp, box('moov', Buffer.alloc(50)), box('mdat', Buffer.alloc(100))]))).toBe(
      true,
    );
    expect(await whole(Buffer.concat([ftyp, longBox('mdat', Buffer.alloc(100))]))).toBe(true);
    expect(await whole(Buffer.concat([ftyp, box('mdat', Buffer.alloc(100), 0)]))).toBe(true);
  });

  it('is not when a box says that it is longer, or nonsense', async () => {
    const file = Buffer.concat([ftyp, box('mdat', Buffer.alloc(100))]);
    for (const length of [file.length - 1, file.length - 100, ftyp.length + 3, 0]) {
      expect([length, await whole(file.subarray(0, length))]).toEqual([length, false]);
    }
    expect(await whole(Buffer.concat([file, Buffer.from('junk')]))).toBe(false);
    expect(await whole(Buffer.concat([ftyp, box('mdat', Buffer.alloc(9), 3)]))).toBe(false);
    expect(await whole(Buffer.concat([ftyp, longBox('mdat', Buffer.alloc(9), 2n ** 63n)]))).toBe(false);
    expect(await whole(Buffer.concat([ftyp, longBox('mdat', Buffer.alloc(9), 5n)]))).toBe(false);
  });

  it('of countless tiny boxes is given up on', async () => {
    expect(await whole(Buffer.concat(Array.from({ length: 200_001 }, () => box('free', Buffer.alloc(0)))))).toBe(false);
  });
});

describe('a Matroska file', () => {
  const header = Buffer.from('1a45dfa384aabbccdd', 'hex');
  const segment = (size: string, bytes: number): Buffer =>
    Buffer.concat([Buffer.from(`18538067${size}`, 'hex'), Buffer.alloc(bytes)]);

  it('is whole when its segment is, or does not say how long it is', async () => {
    expect(await whole(Buffer.concat([header, segment('8a', 10)]), 'webm')).toBe(true);
    expect(await whole(Buffer.concat([header, segment('0100000000000064', 100)]), 'mkv')).toBe(true);
    expect(await whole(Buffer.concat([header, segment('01ffffffffffffff', 3)]), 'webm')).toBe(true);
  });

  it('is not when bytes are missing', async () => {
    expect(await whole(Buffer.concat([header, segment('8a', 9)]), 'webm')).toBe(false);
    expect(await whole(header.subarray(0, 4), 'webm')).toBe(false);
    expect(await whole(Buffer.concat([header, Buffer.alloc(3)]), 'webm')).toBe(false);
    expect(await whole(Buffer.alloc(0), 'webm')).toBe(false);
  });
});
