#!/usr/bin/env bash
# Runs a command beside a Ceph object gateway that keeps everything in memory, with the variables that `test:s3` reads:
#   apt-get install --no-install-recommends radosgw ceph-mon ceph-mgr ceph-osd ceph-common
#   packages/vault-server/test/s3/radosgw.sh npx -y pnpm@12 --filter @llm-memory-graph/vault-server test:s3
set -euo pipefail

dir=$(mktemp -d)
conf=$dir/ceph.conf
started=()
stop() {
  [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>"$dir/kill.log" || true
  wait
  rm -rf "$dir"
}
trap stop EXIT
start() {
  "$@" -c "$conf" -f >"$dir/${1}.log" 2>&1 &
  started+=($!)
}
ceph() { command ceph -c "$conf" "$@"; }

read -r mon gateway < <(node -e '
  const servers = [1, 2].map(() => require("node:net").createServer().listen(0, "127.0.0.1"));
  setTimeout(() => { console.log(...servers.map((s) => s.address().port)); servers.forEach((s) => s.close()); }, 100);')
mkdir "$dir"/{mon,mgr,osd,rgw,run}
fsid=$(cat /proc/sys/kernel/random/uuid)
cat >"$conf" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$mon]
ms bind msgr1 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd crush chooseleaf type = 0
mon allow pool size one = true
run dir = $dir/run
log file = $dir/\$name.log
[client.admin]
keyring = $dir/admin.keyring
[mon.a]
mon data = $dir/mon
[mgr.x]
mgr data = $dir/mgr
keyring = $dir/mgr/keyring
[osd.0]
osd data = $dir/osd
osd objectstore = memstore
memstore device bytes = 4294967296
keyring = $dir/osd/keyring
[client.rgw]
rgw data = $dir/rgw
keyring = $dir/rgw/keyring
rgw frontends = beast endpoint=127.0.0.1:$gateway
CONF

{
  ceph-authtool -C "$dir/admin.keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-authtool -C "$dir/mon.keyring" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$dir/mon.keyring" --import-keyring "$dir/admin.keyring"
  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon]" "$dir/monmap"
  ceph-mon -c "$conf" --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/mon.keyring"
  start ceph-mon -i a
  ceph auth get-or-create mgr.x mon 'allow profile mgr' osd 'allow *' -o "$dir/mgr/keyring"
  ceph auth get-or-create client.rgw mon 'allow *' osd 'allow *' mgr 'allow *' -o "$dir/rgw/keyring"
  start ceph-mgr -i x
  osd=$(cat /proc/sys/kernel/random/uuid)
  ceph osd new "$osd"
  ceph auth get-or-create osd.0 mon 'allow profile osd' mgr 'allow profile osd' osd 'allow *' -o "$dir/osd/keyring"
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd"
  start ceph-osd -i 0
  radosgw-admin -c "$conf" user create --uid=test --display-name=test --access-key=test --secret=test-secret
  start radosgw -n client.rgw
  until curl -sf "http://127.0.0.1:$gateway/"; do sleep 1; done
} >"$dir/setup.log" 2>&1 || { cat "$dir/setup.log" >&2; exit 1; }

S3_ENDPOINT=http://127.0.0.1:$gateway AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test-secret "$@"
