import { placeOf } from './place.js';

const base = 'https://queue.fal.run';
const model = 'fal-ai/veo3.1/image-to-video';

it.each([
  ['as fal says it', 'https://queue.fal.run/fal-ai/veo3.2/requests/7-a', 'fal-ai/veo3.2/requests/7-a'],
  ['without the rest of the model', undefined, 'fal-ai/veo3.1/requests/7-a'],
  ['never at another origin', 'https://evil.example/fal-ai/veo3.1/requests/7-a', 'fal-ai/veo3.1/requests/7-a'],
  ['nor beside the base', 'https://queue.fal.run.evil.example/a/b/requests/7-a', 'fal-ai/veo3.1/requests/7-a'],
  ['nor above it', 'https://queue.fal.run/../x/requests/7-a', 'fal-ai/veo3.1/requests/7-a'],
  ['nor with a query', 'https://queue.fal.run/a/b?x=/requests/7-a', 'fal-ai/veo3.1/requests/7-a'],
  ['nor of another request', 'https://queue.fal.run/a/b/requests/8', 'fal-ai/veo3.1/requests/7-a'],
])('%s', (_, url, place) => {
  expect(placeOf({ request_id: '7-a', response_url: url }, model, base)).toBe(place);
});

it('knows that workflows have a name more, and that an id is a word', () => {
  expect(placeOf({ request_id: '7' }, 'workflows/me/mine/sub', base)).toBe('workflows/me/mine/requests/7');
  expect(placeOf({ request_id: '../7' }, model, base)).toBeUndefined();
  expect(placeOf({}, model, base)).toBeUndefined();
});
