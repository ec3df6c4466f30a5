#!/bin/sh
# Writes .env for docker compose: random secrets, made once. Keep it as long as the volumes: the data needs them.
set -eu
cd "$(dirname "$0")/../.."
[ ! -e .env ] || { echo '.env is there already'; exit 0; }
umask 077
# A service account of Google's for the simulator, which takes the public key for the key's id.
service_account() {
  key=$(openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null)
  id=$(echo "$key" | openssl pkey -pubout -outform DER | base64 | tr '+/' '-_' | tr -d '=\n')
  pem=$(echo "$key" | awk '{ printf "%s\\n", $0 }')
  printf '{"client_email":"videoapi@simulator.iam.gserviceaccount.com","private_key_id":"%s","private_key":"%s"}' \
    "$id" "$pem"
}
secret() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }
{
  for name in POSTGRES_PASSWORD ROLE_PASSWORD S3_SECRET_ACCESS_KEY API_KEY_PEPPER INTERNAL_TOKEN_KEY MEDIA_LINK_KEY \
    CALLBACK_TOKEN_KEY SIMULATOR_API_KEY; do
    echo "$name=$(secret)"
  done
  printf "SIMULATOR_SERVICE_ACCOUNT='%s'\n" "$(service_account)"
  echo "CREDENTIAL_KEK=$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
  echo "WEBHOOK_SECRET_KEK=$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
} >.env
echo 'wrote .env'
