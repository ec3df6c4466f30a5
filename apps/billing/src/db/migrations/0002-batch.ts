import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The set-based half of a batch; what is decided lives in `src/ledger`. `enable_seqscan = off` and generic plans: with cold
 * statistics the planner would otherwise join arrays with whole tables.
 */
export class batch implements MigrationInterface {
  readonly name = '0002-batch';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(clock);
    await runner.query(postEntries);
    await runner.query(expireLots);
    await runner.query(lockWallets);
    await runner.query(placeHolds);
    await runner.query(resolveHolds);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION resolve_holds, place_holds, lock_wallets, expire_lots, post_entries, clock`);
  }
}

/** The only clock that decides about money. A test replaces it; nothing in production can. */
const clock = `
  CREATE FUNCTION clock() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()'`;

/**
 * The only place that changes a balance: appends the entries in the order given, with running balances, and updates each
 * wallet once. The caller holds the wallets' locks.
 */
const postEntries = `
  CREATE FUNCTION post_entries(p_wallets bigint[], p_kinds text[], p_amounts bigint[], p_refs text[], p_actor text)
  RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
  DECLARE
    v_posted bigint;
  BEGIN
    WITH movement AS MATERIALIZED (
      SELECT m.ord, m.wallet_id, m.kind, m.amount, m.ref, k.available * m.amount AS available, k.reserved * m.amount AS reserved,
             k.granted * m.amount AS granted, k.settled * m.amount AS settled, k.expired * m.amount AS expired, k.clawed * m.amount AS clawed
        FROM unnest(p_wallets, p_kinds, p_amounts, p_refs) WITH ORDINALITY AS m (wallet_id, kind, amount, ref, ord)
        JOIN entry_kind k ON k.kind = m.kind),
    running AS MATERIALIZED (
      SELECT wallet_id, kind, amount, ref, row_number() OVER w AS nth,
             (sum(available) OVER w)::bigint AS available, (sum(reserved) OVER w)::bigint AS reserved
        FROM movement WINDOW w AS (PARTITION BY wallet_id ORDER BY ord ROWS UNBOUNDED PRECEDING)),
    total AS MATERIALIZED (
      SELECT wallet_id, count(*) AS entries, sum(available)::bigint AS available, sum(reserved)::bigint AS reserved,
             sum(granted)::bigint AS granted, sum(settled)::bigint AS settled, sum(expired)::bigint AS expired, sum(clawed)::bigint AS clawed
        FROM movement GROUP BY wallet_id),
    posted AS (
      INSERT INTO entry (wallet_id, version, kind, amount, available_after, reserved_after, ref, actor)
      SELECT r.wallet_id, w.version + r.nth, r.kind, r.amount, w.available + r.available, w.reserved + r.reserved, r.ref, p_actor
        FROM running r JOIN wallet w ON w.id = r.wallet_id
      RETURNING 1),
    updated AS (
      UPDATE wallet w
         SET available = w.available + t.available, reserved = w.reserved + t.reserved, granted = w.granted + t.granted,
             settled = w.settled + t.settled, expired = w.expired + t.expired, clawed = w.clawed + t.clawed,
             version = w.version + t.entries
        FROM total t WHERE w.id = t.wallet_id)
    SELECT count(*) INTO v_posted FROM posted;
    IF v_posted <> cardinality(p_wallets) THEN
      RAISE EXCEPTION 'posted % entries of %', v_posted, cardinality(p_wallets);
    END IF;
  END $$`;

/** Ends every lot of the locked wallets that is past its date. Credit under a hold is not touched. */
const expireLots = `
  CREATE FUNCTION expire_lots(p_wallets bigint[]) RETURNS TABLE (wallet_id bigint, amount bigint)
  LANGUAGE plpgsql SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
  DECLARE
    v_wallets bigint[];
    v_amounts bigint[];
    v_refs text[];
  BEGIN
    WITH due AS MATERIALIZED (
      SELECT l.id, l.wallet_id, l.remaining FROM credit_lot l
       WHERE l.wallet_id = ANY (p_wallets) AND l.open AND l.expires_at <= clock()),
    ended AS (
      UPDATE credit_lot l SET remaining = 0, open = false FROM due WHERE l.id = due.id)
    SELECT array_agg(d.wallet_id ORDER BY d.id), array_agg(d.remaining ORDER BY d.id), array_agg('lot:' || d.id ORDER BY d.id)
      INTO v_wallets, v_amounts, v_refs FROM due d WHERE d.remaining > 0;
    IF v_wallets IS NOT NULL THEN
      PERFORM post_entries(v_wallets, array_fill('expire'::text, ARRAY[cardinality(v_wallets)]), v_amounts, v_refs, NULL);
      RETURN QUERY SELECT e.wallet_id, sum(e.amount)::bigint FROM unnest(v_wallets, v_amounts) AS e (wallet_id, amount) GROUP BY 1;
    END IF;
  END $$`;

/**
 * Locks the accounts' wallets in id order (made on first use), then reads everything that a batch decides on. The reads
 * are statements of their own: one that waited for the lock would still see the snapshot from before.
 */
const lockWallets = `
  CREATE FUNCTION lock_wallets(p_accounts text[], p_holds text[], p_models text[])
  RETURNS TABLE (at timestamptz, wallets json, holds json, prices json)
  LANGUAGE plpgsql SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
  DECLARE
    v_wallets bigint[];
    v_expired jsonb;
  BEGIN
    INSERT INTO wallet (account_id)
      SELECT DISTINCT a.account_id FROM unnest(p_accounts) AS a (account_id)
       WHERE NOT EXISTS (SELECT FROM wallet w WHERE w.account_id = a.account_id)
       ORDER BY 1
      ON CONFLICT DO NOTHING;
    SELECT array_agg(locked.id) INTO v_wallets
      FROM (SELECT w.id FROM wallet w WHERE w.account_id = ANY (p_accounts) ORDER BY w.id FOR UPDATE) AS locked;
    at := clock();
    IF EXISTS (SELECT FROM credit_lot l WHERE l.wallet_id = ANY (v_wallets) AND l.open AND l.expires_at <= at) THEN
      SELECT jsonb_object_agg(e.wallet_id, e.amount) INTO v_expired FROM expire_lots(v_wallets) e;
    END IF;
    SELECT coalesce(json_agg(r), '[]') INTO wallets FROM (
      SELECT w.id::text, w.account_id AS "accountId", w.status, w.available, w.reserved, w.low_water AS "lowWater",
             w.price_list AS "priceList", w.version, coalesce((v_expired ->> w.id::text)::bigint, 0) AS expired
        FROM wallet w WHERE w.id = ANY (v_wallets)) r;
    holds := '[]';
    IF p_holds <> '{}' THEN
      SELECT coalesce(json_agg(r), '[]') INTO holds FROM (
        SELECT h.id, h.wallet_id::text AS "walletId", h.status, h.amount, h.settled AS charged, h.args_hash AS "argsHash",
               h.price_id::text AS "priceId", h.quote, h.reason, h.resolved_at AS "resolvedAt"
          FROM hold h WHERE h.id = ANY (p_holds)) r;
    END IF;
    prices := '[]';
    IF p_models <> '{}' THEN
      SELECT coalesce(json_agg(r), '[]') INTO prices FROM prices_in_force(
        (SELECT array_agg(DISTINCT w.price_list) FROM wallet w WHERE w.id = ANY (v_wallets)), p_models) r;
    END IF;
    RETURN NEXT;
  END $$`;

/**
 * Writes accepted holds, in order of arrival. Hold i takes the credits (to - amount, to] of its wallet, lot j in burn order
 * offers (to - remaining, to]: the overlap of both is what i burns of j.
 */
const placeHolds = `
  CREATE FUNCTION place_holds(p_ids text[], p_wallets bigint[], p_amounts bigint[], p_hashes text[], p_prices bigint[], p_quotes jsonb[])
  RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
  DECLARE
    v_burnt numeric;
    v_held numeric;
  BEGIN
    WITH placed AS MATERIALIZED (
      SELECT h.id, h.wallet_id, h.amount, sum(h.amount) OVER w AS upto
        FROM unnest(p_ids, p_wallets, p_amounts) WITH ORDINALITY AS h (id, wallet_id, amount, ord)
      WINDOW w AS (PARTITION BY h.wallet_id ORDER BY h.ord ROWS UNBOUNDED PRECEDING)),
    lot AS MATERIALIZED (
      SELECT l.id, l.wallet_id, l.remaining,
             sum(l.remaining) OVER (PARTITION BY l.wallet_id ORDER BY l.priority, l.expires_at, l.id ROWS UNBOUNDED PRECEDING) AS upto
        FROM credit_lot l WHERE l.wallet_id = ANY (p_wallets) AND l.open AND l.remaining > 0),
    burn AS MATERIALIZED (
      SELECT p.id AS hold_id, l.id AS lot_id, row_number() OVER (PARTITION BY p.id ORDER BY l.upto) AS ord,
             (least(p.upto, l.upto) - greatest(p.upto - p.amount, l.upto - l.remaining))::bigint AS amount
        FROM placed p JOIN lot l ON l.wallet_id = p.wallet_id AND l.upto > p.upto - p.amount AND l.upto - l.remaining < p.upto),
    new_hold AS (
      INSERT INTO hold (id, wallet_id, amount, args_hash, price_id, quote, hold_until)
      SELECT h.*, now() + interval '2 minutes'
        FROM unnest(p_ids, p_wallets, p_amounts, p_hashes, p_prices, p_quotes) AS h (id, wallet_id, amount, args_hash, price_id, quote)),
    new_hold_lot AS (
      INSERT INTO hold_lot (hold_id, lot_id, ord, amount) SELECT hold_id, lot_id, ord, amount FROM burn),
    burnt AS (
      UPDATE credit_lot l SET remaining = l.remaining - b.amount
        FROM (SELECT lot_id, sum(amount)::bigint AS amount FROM burn GROUP BY lot_id) b WHERE l.id = b.lot_id)
    SELECT (SELECT sum(amount) FROM burn), (SELECT sum(amount) FROM placed) INTO v_burnt, v_held;
    IF v_burnt IS DISTINCT FROM v_held THEN
      RAISE EXCEPTION 'lots cover % of %', v_burnt, v_held;
    END IF;
    PERFORM post_entries(p_wallets, array_fill('hold'::text, ARRAY[cardinality(p_ids)]), p_amounts, p_ids, NULL);
  END $$`;

/**
 * Writes decided resolutions of open holds: the first `charged` credits of the recorded burn order are consumed, the rest
 * returns to the same lots. A lot that has ended meanwhile gets nothing back: its part becomes a new lot with its own date.
 */
const resolveHolds = `
  CREATE FUNCTION resolve_holds(p_ids text[], p_wallets bigint[], p_amounts bigint[], p_charges bigint[], p_statuses text[], p_reasons text[], p_refund_lifetime interval)
  RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
  DECLARE
    v_resolved bigint;
    v_returned numeric;
    v_due numeric;
    v_wallets bigint[];
    v_kinds text[];
    v_amounts bigint[];
    v_refs text[];
  BEGIN
    UPDATE hold h SET status = r.status, settled = r.charged, reason = r.reason, resolved_at = clock()
      FROM unnest(p_ids, p_wallets, p_amounts, p_charges, p_statuses, p_reasons) AS r (id, wallet_id, amount, charged, status, reason)
     WHERE h.id = r.id AND h.status = 'open' AND h.wallet_id = r.wallet_id AND h.amount = r.amount;
    GET DIAGNOSTICS v_resolved = ROW_COUNT;
    IF v_resolved <> cardinality(p_ids) THEN
      RAISE EXCEPTION 'resolved % holds of %', v_resolved, cardinality(p_ids);
    END IF;

    WITH part AS MATERIALIZED (
      SELECT r.id, r.wallet_id, r.ord, b.lot_id, b.amount, r.charged,
             sum(b.amount) OVER (PARTITION BY b.hold_id ORDER BY b.ord ROWS UNBOUNDED PRECEDING) AS upto
        FROM unnest(p_ids, p_wallets, p_charges) WITH ORDINALITY AS r (id, wallet_id, charged, ord)
        JOIN hold_lot b ON b.hold_id = r.id),
    back AS MATERIALIZED (
      SELECT p.id, p.wallet_id, p.ord, p.lot_id, least(p.amount, p.upto - p.charged)::bigint AS amount, l.expires_at <= clock() AS ended
        FROM part p JOIN credit_lot l ON l.id = p.lot_id
       WHERE p.upto > p.charged),
    returned AS (
      UPDATE credit_lot l SET remaining = l.remaining + b.amount, open = true
        FROM (SELECT lot_id, sum(amount)::bigint AS amount FROM back WHERE NOT ended GROUP BY lot_id) b WHERE l.id = b.lot_id),
    moved AS (
      INSERT INTO credit_lot (wallet_id, amount, remaining, category, expires_at, source_ref)
      SELECT wallet_id, sum(amount), sum(amount), 'refund', clock() + p_refund_lifetime, 'hold:' || id
        FROM back WHERE ended GROUP BY wallet_id, id, ord ORDER BY ord)
    SELECT coalesce(sum(amount), 0) INTO v_returned FROM back;

    SELECT array_agg(wallet_id), array_agg(kind), array_agg(amount), array_agg(id), coalesce(sum(amount) FILTER (WHERE kind = 'release'), 0)
      INTO v_wallets, v_kinds, v_amounts, v_refs, v_due
      FROM (SELECT r.id, r.wallet_id, leg.kind, leg.amount
              FROM unnest(p_ids, p_wallets, p_amounts, p_charges) WITH ORDINALITY AS r (id, wallet_id, amount, charged, ord)
              CROSS JOIN LATERAL (VALUES (1, 'settle', r.charged), (2, 'release', r.amount - r.charged)) AS leg (step, kind, amount)
             WHERE leg.amount > 0 ORDER BY r.ord, leg.step) legs;
    IF v_returned <> v_due THEN
      RAISE EXCEPTION 'lots took back % of %', v_returned, v_due;
    END IF;
    PERFORM post_entries(v_wallets, v_kinds, v_amounts, v_refs, NULL);
  END $$`;
