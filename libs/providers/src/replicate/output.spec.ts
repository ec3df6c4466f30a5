import { filmIn } from './output.js';

const film = 'https://replicate.delivery/x/tmp.mp4';
const plain = 'https://replicate.delivery/x/out';
const still = 'https://replicate.delivery/x/last.png';

it.each([
  ['a link', film, film],
  ['a link without an ending', plain, plain],
  ['a list', [film], film],
  ['a list in which the film is not the first', [still, film], film],
  ['a list of plain links', [plain, still], plain],
  ['files by name', { thumbnail: still, video: film }, film],
  ['a video without an ending', { thumbnail: plain, video: `${plain}2` }, `${plain}2`],
  ['a file that says more of itself', { video: { url: film, size: 7 } }, film],
  ['a list of such files', [{ url: film }], film],
  ['nothing', null, undefined],
  ['an empty list', [], undefined],
  ['words', 'a calico cat', undefined],
  ['another protocol', ['file:///etc/passwd'], undefined],
  ['too deep', [[[[film]]]], undefined],
])('%s', (_, output, url) => {
  expect(filmIn(output)).toBe(url);
});
