A script: JSON on standard output alone, and an exit code for every end.

$ loyaltyctl -p sandbox rules list --json 2>/dev/null | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'
7
$ loyaltyctl -q -p sandbox rules list --json | head -c 1
[
$ loyaltyctl -q -p sandbox rules list --query "[?kind=='x'] | length(@)"
0
$ printf '{"title":"A","trigger":"events/Rsvp","points":1}\n{"title":"B","trigger":"events/Rsvp","points":2}\n' | loyaltyctl -q -p sandbox rules bulk-create -f - --query 'bulkActionMetadata'
{"totalSuccesses":2,"totalFailures":0,"undetailedFailures":0}
$ loyaltyctl -q -p sandbox rules list --trigger events/Rsvp --sort title --fields title,fixedAmount.configs.0.points
A	1
B	2
RSVP to an event	10
$ for id in $(loyaltyctl -q -p sandbox rules list --query "[?starts_with(title, 'A') || title=='B'].id | join(' ', @)"); do loyaltyctl -q -p sandbox rules delete $id -y -o id; done
…
…
$ loyaltyctl -q -p sandbox rules list --json | loyaltyctl -q -p sandbox rules bulk-create -f -
error: standard input has 4 problems; nothing was sent
  standard input item 4: sourceAppId: only non-automated rules can be created here, those of the Loyalty app (…)
  standard input item 5: sourceAppId: only non-automated rules can be created here, those of the Loyalty app (…)
  standard input item 6: sourceAppId: only non-automated rules can be created here, those of the Loyalty app (…)
  standard input item 7: sourceAppId: only non-automated rules can be created here, those of the Loyalty app (…)
? 6
$ loyaltyctl -q -p sandbox rules get nonsense --json 2>&1
{"error":{"code":"USAGE","message":"a rule id must be a GUID, got \"nonsense\"","hint":"A GUID looks like 553c79f3-5625-4f38-b14b-ef7c0d1e87df.","exitCode":2}}
? 2
$ loyaltyctl rules list --timeout 1 --retries 0 --json 2>/dev/null
? 4
$ LOYALTYCTL_API_KEY=k LOYALTYCTL_SITE_ID=00000000-0000-4000-8000-000000000000 LOYALTYCTL_BASE_URL=http://127.0.0.1:1 loyaltyctl rules list --retries 0
error: could not list the rules: http://127.0.0.1:1 cannot be reached (…)
hint: Check the network, the base URL, and HTTPS_PROXY and SSL_CERT_FILE where they are needed.
? 7
