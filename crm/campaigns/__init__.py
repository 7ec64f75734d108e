"""Campaigns: goals, milestones, targets, supporters, asks and costs."""
