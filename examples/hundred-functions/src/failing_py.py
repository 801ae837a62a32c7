def divides(event, context):
    return 1 / event["by"]
