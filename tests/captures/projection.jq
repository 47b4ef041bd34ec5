# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The part of a summary that expected.json states for each capture: what the clients are known to have done.
def counts: map({(.value): .count}) | add // {};
{
  ports: ([.ports[] | select(.accesses > 0) | {("\(.port)/\(.transport)"): {accesses, sources, conversations, purposes}}] | add),
  ami_logins: .ami.logins,
  usernames: (.ami.usernames | counts),
  files: (.ami.files | counts),
  docker: ([.docker.requests[] | {("\(.method) \(.path)"): .count}] | add // {}),
  images: (.docker.images | counts),
  products: ([.h323.products[] | {("\(.product_id) \(.version_id) \(.vendor)"): .count}] | add // {}),
  h323: (.h323.messages | counts),
  sip: (.sip.methods | counts),
  sni: (.tls.sni | counts),
  fingerprints: ([.fingerprints[] | select(.accesses > 0) | {(.value): .accesses}] | add // {}),
} | with_entries(select(.value != {} and .value != 0 and .value != null))
