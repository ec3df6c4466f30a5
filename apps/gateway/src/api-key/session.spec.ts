import { randomBytes } from 'node:crypto';
import { isGenuine, readSession, writeSession } from './session.js';

const pepper = 'a pepper';
const key = { id: 'AbCdEf0123', hash: randomBytes(32) };
const expiresAt = new Date('2026-11-23T06:00:00Z');
const text = writeSession(pepper, key, expiresAt);

it('names its key and its end, and is known again', () => {
  const session = readSession(text) ?? fail();
  expect([session.keyId, session.expiresAt]).toEqual([key.id, expiresAt]);
  expect(isGenuine(pepper, key, session)).toBe(true);
});

it.each([
  ['another pepper', 'another', key],
  ['another secret under the same id', pepper, { ...key, hash: randomBytes(32) }],
  ['another key', pepper, { ...key, id: 'AbCdEf0124' }],
])('is nothing to %s', (_, otherPepper, otherKey) => {
  expect(isGenuine(otherPepper, otherKey, readSession(text) ?? fail())).toBe(false);
});

it('is spoiled by a change of any character', () => {
  for (let at = 4; at < text.length - 1; at += 1) {
    const changed = text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1);
    const session = readSession(changed);
    expect([at, session !== undefined && isGenuine(pepper, key, session)]).toEqual([at, false]);
  }
});

it.each(['', 'vgs_', `${text}x`, ` ${text}`, text.slice(0, -1), text.toUpperCase(), 'vga_live_AbCdEf0123'])(
  'is not %j',
  (other) => {
    expect(readSession(other)).toBeUndefined();
  },
);

function fail(): never {
  throw new Error('no session');
}
