Rules in files: validated, applied, copied to another site, and rolled back.

$ loyaltyctl -q -p sandbox rules export --out rules/ && ls rules
book-a-session.yaml
loyalty-rules.schema.json
order-a-plan.yaml
place-a-restaurant-order-new-wix-restaurants.yaml
place-a-restaurant-order-old-wix-restaurants.yaml
purchase-a-product.yaml
rsvp-to-an-event.yaml
sign-up-to-the-site.yaml
$ loyaltyctl -q rules validate -f rules
$ loyaltyctl -q -p sandbox rules diff -f rules --prune --exit-code
$ printf 'rules:\n- title: Tickets\n  trigger: events/OrderConfirmd\n  earn: 2 pro 1\n' > rules/tickets.yaml
$ loyaltyctl rules validate -f rules
rules/tickets.yaml:3:12	error	trigger: "events/OrderConfirmd" is not a known trigger; did you mean events/OrderConfirmed?	INVALID
rules/tickets.yaml:4:9	error	earn: must be "50 points" or "2 per 1", got "2 pro 1"	INVALID
error: rules has 2 problems
? 6
$ sed -i 's/Confirmd/Confirmed/; s/pro/per/' rules/tickets.yaml && rm rules/rsvp-to-an-event.yaml
$ loyaltyctl -q -p sandbox rules diff -f rules --exit-code
create		Tickets	trigger: none → events/OrderConfirmed; status: none → ACTIVE; earn: none → 2 per 1		
error: the rules differ from the desired ones
  "RSVP to an event" (8c2a7e64-7b0b-4e0f-8a7e-1b9a3f6d2c44): PAUSED, on the site alone
hint: Put what is on the site alone into the file, or remove it from the site (a rule with --prune, the tiers of a rule with tiers: {}). If the file manages a part of the site: --ignore-unmanaged
? 10
$ loyaltyctl -q -p sandbox rules apply -f rules
error: confirmation required: Apply this to sandbox?
hint: There is no terminal to ask on: give -y (--yes).
? 2
$ loyaltyctl -q -p sandbox rules apply -f rules --prune --out plan.json
create		Tickets	trigger: none → events/OrderConfirmed; status: none → ACTIVE; earn: none → 2 per 1		
delete	8c2a7e64-7b0b-4e0f-8a7e-1b9a3f6d2c44	RSVP to an event			
$ loyaltyctl -q -p sandbox rules update b690f925-8527-4d5e-b358-4b0adcb275b5 --points 21 -o id
b690f925-8527-4d5e-b358-4b0adcb275b5
$ loyaltyctl -p sandbox rules apply plan.json --yes
error: the plan is stale: "Purchase a product" is at revision 2, the plan was made for 1 (earn 20 per 1 → 21 per 1)
hint: See what differs now with rules diff, and create the plan again.
? 5
$ loyaltyctl -q -p sandbox rules apply -f rules --prune --yes
create	…	Tickets	trigger: none → events/OrderConfirmed; status: none → ACTIVE; earn: none → 2 per 1	done	
update	…	Purchase a product	earn: 21 per 1 → 20 per 1	done	
delete	…	RSVP to an event		done	
$ loyaltyctl -q -p sandbox rules rollback --yes --json --query summary
{"create":1,"update":1,"pause":0,"delete":1,"unchanged":5,"unmanaged":0,"unmanagedTiers":0,"done":3,"failed":0,"unknown":0,"skipped":0}
$ loyaltyctl rules history --fields command,changes.state
rules rollback	["done","done","done"]
rules apply	["done","done","done"]
rules update	["done"]
$ loyaltyctl -q -p sandbox rules copy --from sandbox --yes
error: source and destination are the same site: that of sandbox
hint: With --to, name other profiles than sandbox.
? 2
$ loyaltyctl -q rules diff -f rules --against rules/tickets.yaml --query 'summary.create'
6
