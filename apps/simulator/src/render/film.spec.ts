import { film, filmArguments, filmKey, wrapText } from './film.js';
import { frameSize, parseSize } from './frame-size.js';

const hd = { width: 1280, height: 720 };

describe('frameSize', () => {
  it.each([
    ['720p', '16:9', { width: 1280, height: 720 }],
    ['720p', '9:16', { width: 720, height: 1280 }],
    ['480p', '16:9', { width: 854, height: 480 }],
    ['1080p', '1:1', { width: 1080, height: 1080 }],
    ['720p', '21:9', { width: 1680, height: 720 }],
    ['4k', 'auto', { width: 3840, height: 2160 }],
    ['768P', 'adaptive', { width: 1366, height: 768 }],
    ['hd', '16:9', undefined],
    ['9999p', '16:9', undefined],
    ['720p', '16:0', undefined],
    ['2160p', '99:1', undefined],
  ])('%s in %s', (resolution, ratio, size) => {
    expect(frameSize(resolution, ratio)).toEqual(size);
  });

  it.each([
    ['1280x720', hd],
    ['1281x720', undefined],
    ['16:9', undefined],
    ['9999x9999', undefined],
  ])('reads %s', (text, size) => {
    expect(parseSize(text)).toEqual(size);
  });
});

describe('film', () => {
  it('counts frames, at least one', () => {
    expect(film(hd, 5000, false, '').frames).toBe(60);
    expect(film(hd, 1208, false, '').frames).toBe(14);
    expect(film(hd, 1, false, '').frames).toBe(1);
  });

  it('has a key that tells apart whatever changes the bytes, and nothing else', () => {
    const one = film(hd, 5000, false, 'a cat');
    expect(filmKey(film(hd, 5000, false, ' a\n cat '))).toBe(filmKey(one));
    const others = [
      film(hd, 5000, false, 'a dog'),
      film(hd, 5000, true, 'a cat'),
      film(hd, 4000, false, 'a cat'),
      film({ width: 720, height: 1280 }, 5000, false, 'a cat'),
    ];
    expect(new Set([one, ...others].map(filmKey)).size).toBe(5);
  });

  it('keeps a hostile prompt out of the command line', () => {
    const hostile = `'; movie=/etc/passwd [x] %{pts} \\ , : textfile=/etc/shadow $(id)`;
    const harmless = filmArguments(film(hd, 5000, true, 'a cat'), '/font.ttf', 'out.mp4');
    const args = filmArguments(film(hd, 5000, true, hostile), '/font.ttf', 'out.mp4');
    const withoutTint = (list: string[]) => list.map((arg) => arg.replace(/color=0x[0-9a-f]{6}@/, ''));
    expect(withoutTint(args)).toEqual(withoutTint(harmless));
    expect(wrapText(film(hd, 5000, true, hostile)).replaceAll('\n', ' ')).toBe(hostile);
  });

  it('drops control characters and broken surrogates', () => {
    expect(film(hd, 5000, false, 'a\u0000b\ud800c\u202e d').text).toBe('a b\ufffdc d');
  });
});

describe('wrapText', () => {
  it('breaks lines at blanks, long words anywhere', () => {
    const lines = wrapText(
      film({ width: 320, height: 320 }, 1000, false, `${'word '.repeat(20)}${'x'.repeat(100)}`),
    ).split('\n');
    expect(lines.length).toBeGreaterThan(3);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(26);
  });

  it('ends in an ellipsis when the picture is full', () => {
    const lines = wrapText(film({ width: 64, height: 64 }, 1000, false, 'many words that cannot fit '.repeat(9))).split(
      '\n',
    );
    expect(lines.at(-1)).toMatch(/…$/);
    expect(lines.length).toBeLessThanOrEqual(4);
  });
});
