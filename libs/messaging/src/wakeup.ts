/** A pause that can be cut short. A wake-up that comes while nobody rests ends the next rest at once. */
export class Wakeup {
  private awake = false;
  private end: (() => void) | undefined;

  wake(): void {
    this.awake = true;
    this.end?.();
  }

  /** With `deaf`, sleeps the whole time and keeps the wake-up for the next rest. */
  async rest(ms: number, hearing: 'alert' | 'deaf' = 'alert'): Promise<void> {
    if (hearing === 'alert' && this.awake) {
      this.awake = false;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    if (hearing === 'alert') this.end = resolve;
    await promise;
    clearTimeout(timer);
    if (hearing === 'alert') {
      this.end = undefined;
      this.awake = false;
    }
  }
}
