package authzen.access.v1

evaluations := {"evaluations": [decided |
	some item in input.evaluations
	decided := evaluation with input as item
]}
