import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Single movements by key: grant, claw-back, refund. Each locks its wallet the way a batch does. */
export class operations implements MigrationInterface {
  readonly name = '0004-operations';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(grantCredits);
    await runner.query(clawBackCredits);
    await runner.query(refundCredits);
    await runner.query(closeSpentLots);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION close_spent_lots, refund_credits, claw_back_credits, grant_credits`);
  }
}

/** A new lot. The caller has locked the wallet; `source_ref` is unique, so a payment is granted once whatever the key says. */
const grantCredits = `
  CREATE FUNCTION grant_credits(p_wallet bigint, p_amount bigint, p_category text, p_priority int, p_expires timestamptz, p_ref text, p_actor text)
  RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO credit_lot (wallet_id, amount, remaining, category, priority, expires_at, source_ref)
      VALUES (p_wallet, p_amount, p_amount, p_category, p_priority, coalesce(p_expires, 'infinity'), p_ref);
    SELECT post_entries(ARRAY[p_wallet], ARRAY['grant'], ARRAY[p_amount], ARRAY[p_ref], p_actor);
    SELECT p_amount;
  $$`;

/** Takes back at most what is available: first what is left of the payment's own lot, then in burn order. Returns how much. */
const clawBackCredits = `
  CREATE FUNCTION claw_back_credits(p_wallet bigint, p_amount bigint, p_payment text, p_ref text, p_actor text)
  RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE
    v_clawed bigint;
  BEGIN
    SELECT least(p_amount, w.available) INTO v_clawed FROM wallet w WHERE w.id = p_wallet;
    IF v_clawed > 0 THEN
      WITH lot AS MATERIALIZED (
        SELECT l.id, l.remaining,
               sum(l.remaining) OVER (ORDER BY l.source_ref = p_payment DESC, l.priority, l.expires_at, l.id ROWS UNBOUNDED PRECEDING) AS upto
          FROM credit_lot l WHERE l.wallet_id = p_wallet AND l.open AND l.remaining > 0)
      UPDATE credit_lot l SET remaining = l.remaining - least(lot.remaining, v_clawed - (lot.upto - lot.remaining))
        FROM lot WHERE l.id = lot.id AND lot.upto - lot.remaining < v_clawed;
      PERFORM post_entries(ARRAY[p_wallet], ARRAY['claw_back'], ARRAY[v_clawed], ARRAY[p_ref], p_actor);
    END IF;
    RETURN v_clawed;
  END $$`;

/** Gives back at most what the hold was charged and has not been refunded yet. Returns how much. */
const refundCredits = `
  CREATE FUNCTION refund_credits(p_wallet bigint, p_hold text, p_amount bigint, p_lifetime interval, p_ref text, p_actor text)
  RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE
    v_refunded bigint;
  BEGIN
    SELECT least(p_amount, h.settled - h.refunded) INTO v_refunded FROM hold h
     WHERE h.id = p_hold AND h.wallet_id = p_wallet AND h.status = 'settled';
    IF v_refunded > 0 THEN
      UPDATE hold SET refunded = refunded + v_refunded WHERE id = p_hold;
      INSERT INTO credit_lot (wallet_id, amount, remaining, category, expires_at, source_ref)
        VALUES (p_wallet, v_refunded, v_refunded, 'refund', clock() + p_lifetime, p_ref);
      PERFORM post_entries(ARRAY[p_wallet], ARRAY['refund'], ARRAY[v_refunded], ARRAY[p_hold], p_actor);
    END IF;
    RETURN coalesce(v_refunded, 0);
  END $$`;

/**
 * Housekeeping: spent lots leave the burn index. SKIP LOCKED never waits, so it cannot deadlock with a batch; a batch that
 * waits for it sees the new row and re-opens the lot if credit returns.
 */
const closeSpentLots = `
  CREATE FUNCTION close_spent_lots(p_limit int) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE
    v_closed bigint;
  BEGIN
    UPDATE credit_lot SET open = false WHERE id IN (
      SELECT id FROM credit_lot WHERE open AND remaining = 0 LIMIT p_limit FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_closed = ROW_COUNT;
    RETURN v_closed;
  END $$`;
