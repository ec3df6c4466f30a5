import { readSize, writeSize } from './frame-size.js';

it.each([
  ['720x1280', { resolution: '720p', aspectRatio: '9:16' }],
  ['1280x720', { resolution: '720p', aspectRatio: '16:9' }],
  ['1280*720', { resolution: '720p', aspectRatio: '16:9' }],
  ['1920X1080', { resolution: '1080p', aspectRatio: '16:9' }],
  ['3840x2160', { resolution: '4k', aspectRatio: '16:9' }],
  ['1792x1024', { resolution: '1024p', aspectRatio: '16:9' }],
  ['512x512', { resolution: '512p', aspectRatio: '1:1' }],
  ['854x480', { resolution: '480p', aspectRatio: '16:9' }],
  ['1000x100', { resolution: '100p', aspectRatio: '10:1' }],
  ['9:16', { aspectRatio: '9:16' }],
  ['720p', { resolution: '720p' }],
  ['4k', { resolution: '4k' }],
  ['large', undefined],
  ['720', undefined],
  ['0000x720', undefined],
  ['-1x720', undefined],
])('%s says %j', (size, said) => {
  expect(readSize(size)).toEqual(said);
});

it.each(['720x1280', '1280x720', '1024x1792', '1792x1024', '1920x1080', '3840x2160', '480x480'])(
  '%s comes back as it went in',
  (size) => {
    const { resolution = '', aspectRatio = '' } = readSize(size) ?? {};
    expect(writeSize({ resolution, aspectRatio })).toBe(size);
  },
);

it.each([
  ['720p', 'auto'],
  ['auto', '16:9'],
])('%s in %s is nobody’s to say', (resolution, aspectRatio) => {
  expect(writeSize({ resolution, aspectRatio })).toBeUndefined();
});
