import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Price lists. A model's rows of one list form a set with one `valid_from`; the newest set whose time has come is in force.
 * Rows are never changed: another price is a new set, `withdrawn` ends a model in its list.
 */
export class prices implements MigrationInterface {
  readonly name = '0003-prices';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE price_list (
        id text COLLATE "C" PRIMARY KEY,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`INSERT INTO price_list (id) VALUES ('default')`);
    await runner.query(`
      CREATE TABLE price (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        price_list text COLLATE "C" NOT NULL REFERENCES price_list,
        model text COLLATE "C" NOT NULL,
        mode text NOT NULL CHECK (mode IN ('per_call', 'per_second', 'per_token', 'withdrawn')),
        resolution text,
        audio boolean,
        credits bigint NOT NULL,
        units bigint NOT NULL,
        valid_from timestamptz NOT NULL,
        CHECK (CASE WHEN mode = 'withdrawn' THEN credits = 0 ELSE credits > 0 AND units > 0 END),
        UNIQUE NULLS NOT DISTINCT (price_list, model, valid_from, resolution, audio)
      )`);
    await runner.query(`ALTER TABLE wallet ADD FOREIGN KEY (price_list) REFERENCES price_list`);
    await runner.query(`
      CREATE TRIGGER price_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON price
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    await runner.query(`
      CREATE FUNCTION prices_in_force(p_lists text[], p_models text[])
      RETURNS TABLE (id text, "priceList" text, model text, mode text, resolution text, audio boolean, credits bigint, units bigint)
      LANGUAGE plpgsql STABLE AS $$
      BEGIN
        RETURN QUERY SELECT p.id::text, p.price_list, p.model, p.mode, p.resolution, p.audio, p.credits, p.units
          FROM price p
         WHERE (p.price_list = 'default' OR p.price_list = ANY (p_lists))
           AND (p_models IS NULL OR p.model = ANY (p_models))
           AND p.valid_from = (SELECT max(q.valid_from) FROM price q
                                WHERE q.price_list = p.price_list AND q.model = p.model AND q.valid_from <= clock())
           AND p.mode <> 'withdrawn';
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION prices_in_force`);
    await runner.query(`ALTER TABLE wallet DROP CONSTRAINT wallet_price_list_fkey`);
    await runner.query(`DROP TABLE price, price_list`);
  }
}
