"""agents/workflow_planner (to be written by its owner)"""
