"""Write the generated files: `python3 -m loyaltyctl.cli.docs`."""

from loyaltyctl.cli.docs.reference import main

main()
