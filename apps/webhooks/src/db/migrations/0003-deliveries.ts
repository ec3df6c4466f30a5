import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What customers are told. */
export class DeliveryTables implements MigrationInterface {
  readonly name = '0003-deliveries';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE event (
        -- The webhook-id.
        id text COLLATE "C" PRIMARY KEY,
        account_id text NOT NULL,
        type text NOT NULL,
        task_id text,
        -- What the event is about, as its source names it: the same fact makes one event, whoever reports it.
        producer_key text NOT NULL,
        occurred_at timestamptz NOT NULL,
        -- Serialized once: every endpoint, attempt and repeat gets these bytes. Null once it is forgotten.
        body text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT event_once UNIQUE (account_id, producer_key)
      );
      CREATE INDEX event_task ON event (task_id) WHERE task_id IS NOT NULL;
      CREATE INDEX event_created ON event (created_at);
      CREATE INDEX event_with_body ON event (created_at) WHERE body IS NOT NULL;

      CREATE TABLE delivery (
        id text COLLATE "C" PRIMARY KEY,
        event_id text COLLATE "C" NOT NULL,
        endpoint_id text COLLATE "C" NOT NULL,
        account_id text NOT NULL,
        type text NOT NULL,
        -- A task's own callback URL; null: the endpoint's.
        url text,
        state text NOT NULL CHECK (state IN ('pending', 'leased', 'delivered', 'exhausted', 'discarded')),
        attempt smallint NOT NULL DEFAULT 0,
        next_attempt_at timestamptz,
        lease_token uuid,
        lease_until timestamptz,
        first_at timestamptz,
        last_status smallint,
        last_error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT delivery_once UNIQUE (event_id, endpoint_id)
      ) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
      CREATE INDEX delivery_pending ON delivery (endpoint_id, next_attempt_at) WHERE state = 'pending';
      CREATE INDEX delivery_leased ON delivery (endpoint_id, lease_until) WHERE state = 'leased';
      CREATE INDEX delivery_account ON delivery (account_id, id);
      CREATE INDEX delivery_created ON delivery (created_at);

      CREATE TABLE delivery_attempt (
        delivery_id text COLLATE "C" NOT NULL,
        started_at timestamptz NOT NULL,
        n smallint NOT NULL,
        duration_ms int NOT NULL,
        dns_ms int,
        connect_ms int,
        ttfb_ms int,
        status smallint,
        error text,
        address text,
        response_head text,
        PRIMARY KEY (delivery_id, started_at)
      );
      CREATE INDEX delivery_attempt_started ON delivery_attempt (started_at);

      -- How far the orchestrator has been asked what it finished.
      CREATE TABLE reconciliation (
        id boolean PRIMARY KEY DEFAULT true CHECK (id),
        done_until timestamptz NOT NULL DEFAULT now(),
        claimed_at timestamptz NOT NULL DEFAULT '-infinity'
      );
      INSERT INTO reconciliation DEFAULT VALUES;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE reconciliation, delivery_attempt, delivery, event`);
  }
}
