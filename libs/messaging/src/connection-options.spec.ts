import { connectionOptions } from './connection-options.js';

describe('connectionOptions', () => {
  it('takes credentials out of the URL', () => {
    expect(
      connectionOptions({ app: 'billing', url: 'nats://me:p%40ss@one:4222,nats://me:p%40ss@two:4222' }),
    ).toMatchObject({
      servers: ['one:4222', 'two:4222'],
      user: 'me',
      pass: 'p@ss',
      name: 'billing',
      inboxPrefix: '_INBOX.billing',
    });
    expect(connectionOptions({ app: 'a', url: 'nats://s3cret@one:4222' })).toMatchObject({ token: 's3cret' });
  });

  it('demands TLS for tls:// and never gives up', () => {
    expect(connectionOptions({ app: 'a', url: 'tls://one:4222' })).toMatchObject({ tls: {}, maxReconnectAttempts: -1 });
    expect(connectionOptions({ app: 'a', url: 'nats://one:4222' })).not.toHaveProperty('tls');
  });
});
