import { followRedirect, type Hop } from './redirect.js';

const check = (url: string): URL => new URL(url);

const post: Hop = {
  url: new URL('https://a.example/start'),
  method: 'POST',
  headers: { authorization: 'Bearer secret', 'x-api-key': 'secret', 'content-type': 'application/json', accept: '*/*' },
  body: '{}',
};

describe('followRedirect', () => {
  it('keeps headers within the origin', () => {
    const next = followRedirect(post, 307, '/next', check);
    expect(next).toMatchObject({ method: 'POST', body: '{}', headers: post.headers });
    expect(next.url.href).toBe('https://a.example/next');
  });

  it('drops credentials and unknown headers across origins', () => {
    expect(followRedirect(post, 308, 'https://b.example/', check).headers).toEqual({
      'content-type': 'application/json',
      accept: '*/*',
    });
    expect(followRedirect(post, 308, 'https://a.example:8443/', check).headers).not.toHaveProperty('authorization');
  });

  it('turns a POST into a GET without a body on 301, 302 and 303', () => {
    for (const status of [301, 302, 303]) {
      const next = followRedirect(post, status, '/next', check);
      expect(next).toMatchObject({ method: 'GET', body: undefined });
      expect(next.headers).not.toHaveProperty('content-type');
    }
  });

  it('never leaves https, and never follows nothing', () => {
    expect(() => followRedirect(post, 307, 'http://a.example/', check)).toThrow(
      expect.objectContaining({ code: 'redirect_downgrade' }),
    );
    for (const location of [undefined, 'https://']) {
      expect(() => followRedirect(post, 307, location, check)).toThrow(
        expect.objectContaining({ code: 'bad_redirect' }),
      );
    }
  });
});
