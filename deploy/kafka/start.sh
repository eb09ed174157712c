#!/bin/bash
# Starts the broker of deploy/compose.yaml: prepares its data the first time, with a user for each password file.
# SECRETS, DATA and KAFKA are where the settings and passwords, the data and Kafka's own programs lie.
set -euo pipefail
secrets=${SECRETS:-/etc/survivor-voice/secrets}
data=${DATA:-/var/lib/kafka/data}
kafka=${KAFKA:-/opt/kafka/bin}

if [ ! -e "$data/meta.properties" ]; then
  users=()
  for file in "$secrets"/*.password; do
    name=$(basename "$file" .password)
    users+=(--add-scram "SCRAM-SHA-512=[name=$name,password=$(cat "$file")]")
  done
  cluster=$("$kafka/kafka-storage.sh" random-uuid | tail -n 1)
  "$kafka/kafka-storage.sh" format --cluster-id="$cluster" --config "$secrets/server.properties" "${users[@]}"
fi
exec "$kafka/kafka-server-start.sh" "$secrets/server.properties"
