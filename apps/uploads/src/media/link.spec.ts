import { mediaPath, readMediaUrl, sameSignature, signLink, splitLinkId, thumbnailId } from './link.js';

const key = 'k'.repeat(32);
const id = 'med_0198a1c26b7e7c3d9a104f5e6d7c8b9a0';

describe('media links', () => {
  it('are signed for one id, one account and one key', () => {
    const signature = signLink(key, id, 'acc_1');
    expect(signature).toMatch(/^[\w-]{22}$/);
    expect(signLink(key, id, 'acc_1')).toBe(signature);
    expect(signLink(key, id, 'acc_2')).not.toBe(signature);
    expect(signLink(key, `${id}1`, 'acc_1')).not.toBe(signature);
    expect(signLink('x'.repeat(32), id, 'acc_1')).not.toBe(signature);
    expect(signLink(key, thumbnailId(id), 'acc_1')).not.toBe(signature);
  });

  it('are compared as a whole', () => {
    expect(sameSignature('abc', 'abc')).toBe(true);
    for (const other of ['', 'ab', 'abd', 'abcd']) expect(sameSignature(other, 'abc')).toBe(false);
  });

  it('are read back from our own public URL only', () => {
    const signature = signLink(key, id, 'acc_1');
    const path = mediaPath({ id, signature }, 'mp4');
    expect(path).toBe(`/media/${id}/${signature}.mp4`);
    expect(readMediaUrl(`https://video.example${path}`, 'https://video.example/')).toEqual({ id, signature });
    for (const other of [
      `https://evil.example${path}`,
      `https://video.example.evil.example${path}`,
      `https://video.example${path}?x=1`,
      `https://video.example${path}/../../etc`,
      `https://video.example/media/${id}/short.mp4`,
      'not a url',
    ]) {
      expect(readMediaUrl(other, 'https://video.example')).toBeUndefined();
    }
  });

  it('tell a video from its picture', () => {
    expect(splitLinkId(id)).toEqual({ mediaId: id, isThumbnail: false });
    expect(splitLinkId(thumbnailId(id))).toEqual({ mediaId: id, isThumbnail: true });
  });
});
