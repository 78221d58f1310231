The life of a rule by single commands, with each way in which they can fail.

$ export LOYALTYCTL_PROFILE=sandbox
$ ID=$(loyaltyctl rules create --title "Buy a ticket" --trigger events/OrderConfirmed --per 1 --points 2 -o id)
$ loyaltyctl rules get $ID
…	Buy a ticket	2 per 1	ACTIVE	events/OrderConfirmed	non-automated	1	…Z
$ loyaltyctl rules update $ID --points 3 --fields revision,conversionRate.configs.points --json
{"revision":"2","conversionRate":{"configs":[{"points":3}]}}
$ loyaltyctl rules update $ID --points 4 --revision 1
error: the rule … is at revision 2, not 1: somebody else changed it
hint: Show it: loyaltyctl rules get …
Or overwrite it: --revision latest
? 5
$ loyaltyctl rules pause $ID $ID
…	paused	Buy a ticket
$ loyaltyctl rules resume $ID --json
{"results":[{"id":"…","success":true}]}
$ loyaltyctl rules delete $ID < /dev/null
error: confirmation required: Delete "Buy a ticket" from sandbox?
hint: There is no terminal to ask on: give -y (--yes).
? 2
$ loyaltyctl rules delete $ID 00000000-0000-4000-8000-000000000000 -y
…	deleted	Buy a ticket
00000000-0000-4000-8000-000000000000	there is no rule 00000000-0000-4000-8000-000000000000	
error: 1 of 2 rules could not be deleted
  00000000-0000-4000-8000-000000000000: there is no rule 00000000-0000-4000-8000-000000000000
? 8
$ loyaltyctl rules get $ID
error: could not get the rule …: no non-automated earning rule … (sandbox) (404 NOT_FOUND)
request id: …
? 3
$ loyaltyctl rules delete 61f971c4-b33b-4f39-8ebe-2677bce55789 --yes
error: "Sign up to the site" (61f971c4-b33b-4f39-8ebe-2677bce55789) is pre-installed and cannot be deleted
hint: Pause it instead: loyaltyctl rules pause 61f971c4-b33b-4f39-8ebe-2677bce55789
? 6
$ LOYALTYCTL_PROFILE= loyaltyctl rules list
error: there are no credentials
hint: Sign in with: loyaltyctl auth login
Or try it without any, in the sandbox: -p sandbox
? 4
