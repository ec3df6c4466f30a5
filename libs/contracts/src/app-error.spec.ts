import { AppError, errorCodes } from './app-error.js';

describe('AppError', () => {
  it('survives the way to another process with its code, status and details', () => {
    const thrown = new AppError('insufficient_credits', 'Needs 180 credits, 20 available', {
      details: { required: 180, available: 20 },
      param: 'duration',
      retryAfterMs: 1500,
    });

    const revived = AppError.revive(JSON.parse(JSON.stringify(thrown)));

    expect(revived).toBeInstanceOf(AppError);
    expect(revived.toJSON()).toEqual(thrown.toJSON());
    expect(revived.status).toBe(402);
    expect(revived.retryable).toBe(false);
  });

  it('hides anything that is not ours behind internal_error and keeps the cause', () => {
    const cause = new TypeError('secret detail');

    const error = AppError.from(cause);

    expect(error.code).toBe('internal_error');
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error)).not.toContain('secret detail');
  });

  it('turns a code of a newer version into internal_error instead of failing', () => {
    expect(AppError.revive({ code: 'from_the_future', message: 'x' }).code).toBe('internal_error');
    expect(AppError.revive({ code: 'toString', message: 'x' }).code).toBe('internal_error');
  });

  it('calls every 429 and 503 retryable and no other 4xx but a running idempotency key', () => {
    const retryable = errorCodes.filter((code) => new AppError(code, '').retryable);

    expect(retryable).toEqual([
      'idempotency_in_progress',
      'rate_limited',
      'concurrency_limited',
      'queue_full',
      'overloaded',
      'unavailable',
    ]);
  });
});
