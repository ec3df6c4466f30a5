import { EventEmitter } from 'node:events';

/**
 * One value per process, made on first use. Jest gives every spec file its own globals, its own copy of `process` and its
 * own modules; only Node's core modules are shared by all files that one worker runs, so the value hangs on one of them.
 * Keep plain data in it: the functions of a finished spec file no longer have working timers.
 */
export function processWide<T>(name: string, make: () => T): T {
  const key = Symbol.for(`videoapi.testing.${name}`);
  if (!Reflect.has(EventEmitter, key)) Reflect.set(EventEmitter, key, make());
  return Reflect.get(EventEmitter, key);
}
