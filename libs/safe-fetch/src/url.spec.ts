import { UnsafeUrlError } from './errors.js';
import { createSafeFetch, type SafeFetchOptions } from './safe-fetch.js';

function verdict(url: string, options: Partial<SafeFetchOptions> = {}): string {
  const safeFetch = createSafeFetch({ userAgent: 'test', allowHttp: true, ...options });
  try {
    return safeFetch.check(url).href;
  } catch (error) {
    if (error instanceof UnsafeUrlError) return error.code;
    throw error;
  }
}

const hostile =
  `127.0.0.1 localhost [::1] [::ffff:127.0.0.1] [::ffff:7f00:1] 0.0.0.0 [::] 2130706433 0x7f000001 0177.0.0.1
  127.1 127.255.255.254 169.254.169.254 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 100.100.100.200 192.0.0.192 192.0.2.1
  198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 192.88.99.1 192.31.196.1 192.52.193.1
  192.175.48.1 [fe80::1] [fc00::1] [fec0::1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001::7f00:1]
  [2001:db8::1] [3fff::1] [5f00::1] [100::1] [ff02::1] [2620:4f:8000::1] [::127.0.0.1]`.split(/\s+/);

describe('the literal rules', () => {
  it('refuse each of the 44 hostile hosts', () => {
    expect(hostile).toHaveLength(44);
    for (const host of hostile) {
      expect([host, verdict(`http://${host}/`)]).toEqual([host, host === 'localhost' ? 'bad_host' : 'blocked_address']);
    }
  });

  it('let public addresses and names through', () => {
    expect(verdict('https://example.com/a?b=c')).toBe('https://example.com/a?b=c');
    expect(verdict('http://93.184.216.34/')).toBe('http://93.184.216.34/');
    expect(verdict('https://[2606:4700::1111]:8443/')).toBe('https://[2606:4700::1111]:8443/');
  });

  it.each([
    ['ftp://example.com/', 'bad_scheme'],
    ['file:///etc/passwd', 'bad_scheme'],
    ['https://user@example.com/', 'userinfo'],
    ['https://:secret@example.com/', 'userinfo'],
    ['https://example.com:22/', 'bad_port'],
    ['https://example.com:6379/', 'bad_port'],
    [`https://example.com/${'a'.repeat(2048)}`, 'too_long'],
    ['https://exa\r\nmple.com/', 'bad_url'],
    ['https://example.com/a\r\nhost: evil', 'bad_url'],
    ['not a url', 'bad_url'],
    ['https://[fe80::1%25eth0]/', 'bad_url'],
    ['https://intranet/', 'bad_host'],
    ['https://printer.local/', 'bad_host'],
    ['https://db.internal/', 'bad_host'],
    ['https://gateway.prod.svc/', 'bad_host'],
    ['https://gateway.prod.svc.cluster.local/', 'bad_host'],
    ['https://metadata.google.internal/computeMetadata/v1/', 'bad_host'],
    ['https://metadata.goog/', 'bad_host'],
  ])('answer %s with %s', (url, code) => {
    expect(verdict(url)).toBe(code);
  });

  it('want https unless http is allowed', () => {
    expect(verdict('http://example.com/', { allowHttp: false })).toBe('bad_scheme');
    expect(verdict('https://example.com:80/', { allowHttp: false })).toBe('bad_port');
  });

  it('see through trailing dots and unicode', () => {
    expect(verdict('http://localhost./')).toBe('bad_host');
    expect(verdict('http://localhost../')).toBe('bad_host');
    expect(verdict('http://127.0.0.1./')).toBe('blocked_address');
    expect(verdict('http://①②⑦.⓪.⓪.①/')).toBe('blocked_address');
    expect(verdict('http://ⓛocalhost/')).toBe('bad_host');
    expect(verdict('http://127。0。0。1/')).toBe('blocked_address');
    expect(verdict('https://bücher.example.com./')).toBe('https://xn--bcher-kva.example.com/');
  });

  it('refuse our own hosts', () => {
    const ownHosts = ['video.example'];
    expect(verdict('https://video.example/', { ownHosts })).toBe('bad_host');
    expect(verdict('https://api.video.example./', { ownHosts })).toBe('bad_host');
    expect(verdict('https://myvideo.example/', { ownHosts })).toBe('https://myvideo.example/');
  });
});

describe('the allow-list', () => {
  it('opens exactly the listed addresses and ports', () => {
    const allow = ['127.0.0.1/32:9000', '10.1.0.0/16', '[fd00::]/8:443'];
    expect(verdict('http://127.0.0.1:9000/', { allow })).toBe('http://127.0.0.1:9000/');
    expect(verdict('http://127.0.0.1:9001/', { allow })).toBe('blocked_address');
    expect(verdict('http://127.0.0.2:9000/', { allow })).toBe('blocked_address');
    expect(verdict('http://10.1.2.3:1234/', { allow })).toBe('http://10.1.2.3:1234/');
    expect(verdict('http://10.2.2.3:1234/', { allow })).toBe('blocked_address');
    expect(verdict('https://[fd00::1]/', { allow })).toBe('https://[fd00::1]/');
    expect(verdict('http://[::ffff:127.0.0.1]:9000/', { allow })).not.toBe('blocked_address');
  });

  it('lets a private name be asked for only on a port that it names', () => {
    expect(verdict('http://simulator:9000/', { allow: ['10.0.0.0/8:9000'] })).toBe('http://simulator:9000/');
    expect(verdict('http://simulator:9001/', { allow: ['10.0.0.0/8:9000'] })).toBe('bad_host');
  });

  it('never opens a metadata service', () => {
    const allow = ['0.0.0.0/0', '::/0'];
    expect(verdict('http://10.0.0.1:1/', { allow })).toBe('http://10.0.0.1:1/');
    for (const host of ['169.254.169.254', '100.100.100.200', '192.0.0.192', '[fd00:ec2::254]', '[::ffff:a9fe:a9fe]']) {
      expect([host, verdict(`http://${host}/`, { allow })]).toEqual([host, 'blocked_address']);
    }
    expect(verdict('http://metadata.google.internal/', { allow })).toBe('bad_host');
  });

  it('lets plain HTTP through to listed addresses only', () => {
    const options = { allowHttp: false, allow: ['127.0.0.1/32:9000', '10.0.0.0/8'] };
    expect(verdict('http://127.0.0.1:9000/', options)).toBe('http://127.0.0.1:9000/');
    expect(verdict('http://10.0.0.1/', options)).toBe('http://10.0.0.1/');
    expect(verdict('http://93.184.216.34/', options)).toBe('blocked_address');
    expect(verdict('http://93.184.216.34:443/', options)).toBe('blocked_address');
    expect(verdict('https://93.184.216.34/', options)).toBe('https://93.184.216.34/');
  });

  it('is refused at start when it cannot be read', () => {
    expect(() => createSafeFetch({ userAgent: 'test', allow: ['localhost:9000'] })).toThrow(TypeError);
    expect(() => createSafeFetch({ userAgent: 'test', allow: ['10.0.0.0/99'] })).toThrow();
  });
});
