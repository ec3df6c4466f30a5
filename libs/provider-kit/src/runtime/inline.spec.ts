import { inlineFile } from '../call/inline-file.js';
import { encode } from './encode.js';

const picture = { bytes: Uint8Array.from(Buffer.from('PNG!')), contentType: 'image/png' };
const url = 'https://files.example/1.png';
const call = { method: 'POST', path: '/v1', auth: { put: 'none' } } as const;

async function sent(json: unknown, fetched: string[] = []): Promise<unknown> {
  const request = await encode({ ...call, json }, 'https://api.example', (asked) => {
    fetched.push(asked);
    return Promise.resolve(picture);
  });
  return JSON.parse(String(request.body));
}

it('puts the content in the place of the file, in each of its forms', async () => {
  const image = { bytesBase64Encoded: inlineFile(url, 'base64'), mimeType: inlineFile(url, 'mime-type') };

  expect(await sent({ images: [inlineFile(url, 'data-url'), 'x'], image, none: null, seed: 0 })).toEqual({
    images: [`data:image/png;base64,${Buffer.from('PNG!').toString('base64')}`, 'x'],
    image: { bytesBase64Encoded: Buffer.from('PNG!').toString('base64'), mimeType: 'image/png' },
    none: null,
    seed: 0,
  });
});

it('fetches a file once for all its places, and none for a body without one', async () => {
  const fetched: string[] = [];

  await sent(
    [inlineFile(url, 'base64'), { mime: inlineFile(url, 'mime-type') }, inlineFile(`${url}?2`, 'base64')],
    fetched,
  );
  await sent({ prompt: url }, fetched);

  expect(fetched).toEqual([url, `${url}?2`]);
});

it('shows the address instead where nothing is sent', () => {
  expect(JSON.stringify([inlineFile(url, 'base64')])).toBe(`[{"$inline":"${url}","as":"base64"}]`);
});
