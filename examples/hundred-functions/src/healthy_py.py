def answers(event, context):
    print("answered", event)
    return "fine"
