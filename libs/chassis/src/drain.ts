/** Tells the parts of a service that it is stopping. Loops and open streams end themselves on `signal`. */
export class Drain {
  private readonly controller = new AbortController();

  /** Aborted once, when the service starts to stop: take no new work, finish what is in hand. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isDraining(): boolean {
    return this.controller.signal.aborted;
  }

  begin(): void {
    this.controller.abort();
  }
}
