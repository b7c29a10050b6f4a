"""What Datadog asks from outside, one kind of test a file.

settings       the arguments of UptimeChecks, checked
places         where it is asked from, and what may not be seen: private locations, variables
synthetic      what every test has: name, tags, message, repeats
checks         one address
certificates   how long a host's certificate is still good
journeys       several requests in a row
dns            whether a name is answered
browsers       a page that is used in a browser
"""
