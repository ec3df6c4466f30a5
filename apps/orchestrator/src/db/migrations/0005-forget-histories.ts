import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The one way in which history ends. The service may neither change nor delete a row of `task_event`; this function, which
 * runs with the rights of the tables' owner, removes whole histories of tasks that ended long ago, and nothing else.
 */
export class ForgetHistories implements MigrationInterface {
  readonly name = '0005-forget-histories';

  async up(runner: QueryRunner): Promise<void> {
    const [{ schema }] = await runner.query(`SELECT quote_ident(current_schema()) AS schema`);
    await runner.query(`
      -- Ids begin with the time of creation, so the oldest histories stand first in the primary key: no index is needed.
      CREATE FUNCTION forget_histories(keep_days int, most int) RETURNS int
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp AS $$
      DECLARE
        ended_before timestamptz := now() - make_interval(days => keep_days);
        made_before text := 'vidgen_' || lpad(floor(extract(epoch FROM ended_before) * 1000)::bigint::text, 13, '0');
        -- Else a merge of the two keys would begin with all the tasks whose histories are gone.
        oldest text := (SELECT min(task_id) FROM task_event);
        forgotten int;
      BEGIN
        IF keep_days < 7 THEN RAISE EXCEPTION 'a history is kept for 7 days at least'; END IF;
        WITH old AS MATERIALIZED (
            SELECT DISTINCT e.task_id FROM task_event e JOIN task t ON t.id = e.task_id
            WHERE e.task_id < made_before AND t.id >= oldest AND t.completed_at < ended_before
            ORDER BY e.task_id LIMIT most),
          gone AS (DELETE FROM task_event e USING old WHERE e.task_id = old.task_id)
        SELECT count(*) INTO forgotten FROM old;
        RETURN forgotten;
      END $$;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION forget_histories`);
  }
}
