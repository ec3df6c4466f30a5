#!/bin/sh
# Writes .env for docker compose: random secrets, made once. Keep it as long as the volumes: the data needs them.
set -eu
cd "$(dirname "$0")/../.."
[ ! -e .env ] || { echo '.env is there already'; exit 0; }
umask 077
secret() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }
{
  for name in POSTGRES_PASSWORD ROLE_PASSWORD S3_SECRET_ACCESS_KEY API_KEY_PEPPER INTERNAL_TOKEN_KEY MEDIA_LINK_KEY \
    CALLBACK_TOKEN_KEY SIMULATOR_API_KEY; do
    echo "$name=$(secret)"
  done
  echo "WEBHOOK_SECRET_KEK=$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
} >.env
echo 'wrote .env'
