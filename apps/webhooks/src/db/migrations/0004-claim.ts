import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The claim as a function, so that the ring is never locked while a busy process gets round to its next statement. In it
 * each statement has a snapshot of its own: the second one sees whatever was rung for before the first one locked.
 */
export class ClaimFunction implements MigrationInterface {
  readonly name = '0004-claim';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION claim_deliveries(of_lane text, most int, most_per_turn int, token uuid, lease interval)
      RETURNS TABLE (
        id text, event_id text, endpoint_id text, account_id text, type text, url text, owner_id text, body text, attempt smallint)
      LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      DECLARE
        turns text[];
        rooms int[];
      BEGIN
        SELECT array_agg(turn.endpoint_id), array_agg(turn.room) INTO turns, rooms FROM (
          SELECT q.endpoint_id,
            CASE WHEN q.breaker_until IS NULL THEN least(q.cap - q.in_flight, most_per_turn) ELSE 1 END AS room
          FROM endpoint_queue q
          WHERE q.next_due_at <= now() AND q.lane = of_lane AND CASE
            WHEN q.breaker_until IS NULL THEN q.in_flight < q.cap
            ELSE q.in_flight = 0 AND q.breaker_until <= now() END
          ORDER BY q.last_served_at LIMIT most FOR UPDATE SKIP LOCKED) AS turn;
        IF turns IS NULL THEN RETURN; END IF;

        -- A claim that a crash of the server undoes is made again.
        PERFORM set_config('synchronous_commit', 'off', true);
        RETURN QUERY
        WITH turn AS (SELECT * FROM unnest(turns, rooms) WITH ORDINALITY AS t (endpoint_id, room, place)),
          picked AS MATERIALIZED (
            SELECT due.id FROM turn CROSS JOIN LATERAL (
              SELECT d.id FROM delivery d
              WHERE d.endpoint_id = turn.endpoint_id AND d.state = 'pending' AND d.next_attempt_at <= now()
              ORDER BY d.next_attempt_at LIMIT turn.room) AS due
            ORDER BY turn.place LIMIT most),
          -- One that was written while its endpoint was being disabled is found here.
          taken AS (
            UPDATE delivery d SET first_at = coalesce(d.first_at, now()),
              state = CASE e.state WHEN 'enabled' THEN 'leased' ELSE 'discarded' END,
              next_attempt_at = CASE e.state WHEN 'enabled' THEN d.next_attempt_at END,
              lease_token = CASE e.state WHEN 'enabled' THEN token END,
              lease_until = CASE e.state WHEN 'enabled' THEN now() + lease END
            FROM picked JOIN delivery p ON p.id = picked.id JOIN endpoint e ON e.id = p.endpoint_id
            WHERE d.id = picked.id AND d.state = 'pending'
            RETURNING d.id, d.event_id, d.endpoint_id, d.account_id, d.type, d.url, d.attempt, d.state),
          served AS (
            UPDATE endpoint_queue q SET last_served_at = clock_timestamp(),
              in_flight = q.in_flight + (
                SELECT count(*) FROM taken WHERE taken.endpoint_id = q.endpoint_id AND taken.state = 'leased'),
              next_due_at = (
                SELECT d.next_attempt_at FROM delivery d
                WHERE d.endpoint_id = q.endpoint_id AND d.state = 'pending'
                  AND NOT EXISTS (SELECT FROM taken WHERE taken.id = d.id)
                ORDER BY d.next_attempt_at LIMIT 1)
            FROM turn WHERE q.endpoint_id = turn.endpoint_id)
        SELECT t.id, t.event_id, t.endpoint_id, t.account_id, t.type, coalesce(t.url, e.url),
          CASE e.kind WHEN 'implicit' THEN t.account_id ELSE e.id END, v.body, t.attempt
        FROM taken t JOIN event v ON v.id = t.event_id JOIN endpoint e ON e.id = t.endpoint_id
        WHERE t.state = 'leased';
      END $$;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION claim_deliveries`);
  }
}
