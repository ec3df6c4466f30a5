import { readForm } from './form.js';

it.each([
  [['model=sora-2', 'seconds=8'], { model: 'sora-2', seconds: '8' }],
  [['input_reference[image_url]=u'], { input_reference: { image_url: 'u' } }],
  [['images[]=a', 'images[]=b'], { images: ['a', 'b'] }],
  [['images=a', 'images=b', 'images=c'], { images: ['a', 'b', 'c'] }],
  [['metadata[a][b]=1', 'metadata[a][c]=2', 'metadata[d]=3'], { metadata: { a: { b: '1', c: '2' }, d: '3' } }],
  [
    ['content[][type]=text', 'content[][text]=hi', 'content[][type]=image_url', 'content[][image_url][url]=u'],
    {
      content: [
        { type: 'text', text: 'hi' },
        { type: 'image_url', image_url: { url: 'u' } },
      ],
    },
  ],
  [['image=', 'prompt=a boat'], { prompt: 'a boat' }],
  [['a=b=c'], { a: 'b=c' }],
  [['constructor=1', 'toString[a]=2'], { constructor: '1', toString: { a: '2' } }],
])('%j means %j', (pairs, body) => {
  expect(readForm(pairs.map(pair))).toEqual(body);
});

it.each([
  [['[a]=1']],
  [['a]=1']],
  [['a[b=1']],
  [['a[b]c=1']],
  [['__proto__[x]=1']],
  [['a[__proto__]=1']],
  [['a=1', 'a[b]=2']],
  [['a[]=1', 'a[b]=2']],
  [['a[b]=1', 'a[]=2']],
  [['a[b][c][d][e][f][g][h][i]=1']],
])('%j is refused by name', (pairs) => {
  expect(() => readForm(pairs.map(pair))).toThrow(expect.objectContaining({ code: 'invalid_field' }));
  expect(Object.prototype).not.toHaveProperty('x');
});

function pair(text: string): [string, string] {
  const [name = '', ...value] = text.split('=');
  return [name, value.join('=')];
}
