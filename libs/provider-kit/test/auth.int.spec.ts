import { createHmac } from 'node:crypto';
import { type Adapter, inlineFile, isSuccess, refused, type Sign } from '@videoapi/provider-kit';
import { adapterWith, env, json, Upstream } from './upstream.js';

let upstream: Upstream;
beforeEach(async () => {
  upstream = await Upstream.open();
});
afterEach(() => upstream.close());

describe('signed', () => {
  const sign: Sign = ({ method, url, headers, body }, { accessKey = '', secretKey = '' }, nowMs) => {
    const text = `${method} ${url.pathname}${url.search} ${headers['content-type']} ${nowMs} ${Buffer.from(body).toString()}`;
    const mac = createHmac('sha256', secretKey).update(text).digest('hex');
    return { 'X-Date': String(nowMs), Authorization: `HMAC ${accessKey}:${mac}` };
  };
  const adapter = adapterWith({ put: 'signed', credentials: ['accessKey', 'secretKey'], sign });

  it('signs the very bytes that are sent', async () => {
    upstream.answers['/api/render'] = json(200, { id: 'r1' });

    expect(await upstream.submit(adapter)).toEqual({ outcome: 'accepted', handle: { id: 'r1' } });

    const [{ request, text } = { request: undefined, text: '' }] = upstream.asked;
    const mac = createHmac('sha256', env.SECRET_KEY)
      .update(`POST /api/render?v=1 application/json 1790000000000 ${text}`)
      .digest('hex');
    expect(request?.headers).toMatchObject({
      authorization: `HMAC ${env.ACCESS_KEY}:${mac}`,
      'x-date': '1790000000000',
      'x-own': 'kept',
    });
  });

  it('a signature that is quoted does not come through', async () => {
    upstream.answers['/api/render'] = (_, request, response) =>
      json(403, { error: `not ${request.headers.authorization}` })('', request, response);

    const outcome = await upstream.submit(adapter);

    expect(outcome).toMatchObject({ outcome: 'refused', failure: { message: expect.stringContaining('[redacted]') } });
    const mac = /:([0-9a-f]{64})/.exec(String(upstream.asked[0]?.request.headers.authorization))?.[1] ?? '';
    expect(mac).toHaveLength(64);
    for (const secret of [env.ACCESS_KEY, mac]) expect(JSON.stringify(outcome)).not.toContain(secret);
  });

  it('a credential that is not there or cannot be used is ours to mend, and nothing is sent', async () => {
    const broken = adapterWith({
      put: 'signed',
      credentials: ['accessKey'],
      sign: () => {
        throw new TypeError('no key file');
      },
    });
    const twoLines = adapterWith({ put: 'signed', credentials: [], sign: () => ({ authorization: 'a\r\nb: c' }) });
    const outcomes = [
      await upstream.submit(adapter, upstream.runtime(upstream.caller({ ACCESS_KEY: 'ak' }))),
      await upstream.submit(broken),
      await upstream.submit(twoLines),
    ];

    for (const outcome of outcomes) expect(outcome).toMatchObject({ failure: { code: 'channel_credentials' } });
    expect(upstream.asked).toEqual([]);
  });
});

describe('a file in the body', () => {
  const adapter: Adapter = {
    ...adapterWith({ put: 'none' }),
    *submit() {
      const image = { data: inlineFile(`${upstream.url}/files/1.png`, 'base64') };
      const reply = yield { method: 'POST', path: '/render', json: { image }, auth: { put: 'none' }, creates: true };
      return isSuccess(reply) ? { outcome: 'accepted', handle: {} } : refused('provider_error', 'no', reply);
    },
  };

  it('is fetched and sent', async () => {
    upstream.answers['/files/1.png'] = (_, __, response) => void response.writeHead(200).end('PNG!');
    upstream.answers['/api/render'] = json(200, {});

    expect(await upstream.submit(adapter)).toMatchObject({ outcome: 'accepted' });
    expect(JSON.parse(upstream.asked[1]?.text ?? '')).toEqual({
      image: { data: Buffer.from('PNG!').toString('base64') },
    });
  });

  it('that cannot be had refuses the request, and nothing is sent', async () => {
    expect(await upstream.submit(adapter)).toMatchObject({ outcome: 'refused', failure: { code: 'invalid_request' } });
    upstream.answers['/files/1.png'] = () => undefined;
    expect(await upstream.submit(adapter, upstream.runtime(upstream.caller(), 200))).toMatchObject({
      outcome: 'refused',
    });
    expect(upstream.paths()).toEqual(['/files/1.png', '/files/1.png']);
  });
});

it('an id beyond 2^53 keeps all its digits', async () => {
  upstream.answers['/api/render'] = (_, __, response) =>
    void response.writeHead(200).end('{"id":892398461798973455123}');

  expect(await upstream.submit(adapterWith({ put: 'none' }))).toEqual({
    outcome: 'accepted',
    handle: { id: '892398461798973455123' },
  });
});

it('a host that the adapter does not declare is never called', async () => {
  const adapter: Adapter = {
    ...adapterWith({ put: 'none' }),
    *submit() {
      yield { method: 'GET', path: '/', host: 'evil', auth: { put: 'none' } };
      return { outcome: 'accepted', handle: {} };
    },
  };

  expect(await upstream.submit(adapter, upstream.runtime(), upstream.channel())).toMatchObject({
    outcome: 'refused',
  });
  expect(upstream.asked).toEqual([]);
});
