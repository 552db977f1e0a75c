"""Members of a settings file that Claude Code takes in one type only; of another, it drops the *whole* file, silently.

So `"permissions": 5` takes the hooks of that file away as surely as deleting them. The types are those of release
2.1.329, tried out on it one by one; members that it mends or passes over are not here, nor are ranges and words
(`"cleanupPeriodDays": -1` is dropped as well), which change with every release.
"""

from __future__ import annotations

from typing import Final, Mapping

_TEXT: Final = """
    $schema advisorModel agent apiKeyHelper attributionProject autoMemoryDirectory autoUpdatesChannel
    awsAuthRefresh awsCredentialExport claudeMd daemonColdStart defaultShell disableAutoMode
    feedbackDrafts gcpAuthRefresh language managedSourcesBehavior minimumVersion model otelHeadersHelper outputStyle
    parentSettingsBehavior plansDirectory pluginTrustMessage processWrapper proxyAuthHelper prUrlTemplate
    requiredMaximumVersion requiredMinimumVersion timeZone tui workflowSizeGuideline
"""
_SWITCH: Final = """
    agentPushNotifEnabled allowAllClaudeAiMcps allowClaudeInChromeWithManagedMcp allowManagedHooksOnly
    allowManagedMcpServersOnly allowManagedPermissionRulesOnly allowNestedModelAccessUnderForceLogin
    alwaysThinkingEnabled autoCompactEnabled autoContinueAtUsageLimit autoDreamEnabled autoMemoryEnabled
    autoScrollEnabled autoUploadSessions bashEditDiffEnabled channelsEnabled disableAgentView disableAllHooks
    disableArtifact disableBundledSkills disableClaudeAiConnectors disableCommandPluginSources disableRemoteControl
    disableReplyCheck disableSideloadFlags disableSkillShellExecution disableWindowsBashCommandSplit disableWorkflows
    emojiCompletionEnabled enableAllProjectMcpServers enableArtifact enableWorkflows enforceAvailableModels fastMode
    fastModePerSessionOptIn fileCheckpointingEnabled forceRemoteSettingsRefresh idleCompaction includeCoAuthoredBy
    includeGitInstructions inputNeededNotifEnabled isolatePeerMachines precomputeCompactionEnabled
    prefersReducedMotion promptSuggestionEnabled remoteControlAtStartup respectGitignore respondToBashCommands
    showClearContextOnPlanAccept showMessageTimestamps showThinkingSummaries showTurnDuration
    skipDangerousModePermissionPrompt skipWebFetchPreflight spinnerTipsEnabled switchModelsOnFlag syncClaudeAiPlugins
    syncClaudeAiSkills syntaxHighlightingDisabled terminalProgressBarEnabled terminalTitleFromRename
    todoFeatureEnabled verbose wheelScrollAccelerationEnabled workflowKeywordTriggerEnabled wslInheritsWindowsSettings
"""
_NUMBER: Final = """
    cleanupPeriodDays desktopSessionCleanupPeriodDays feedbackSurveyRate skillListingBudgetFraction
    skillListingMaxDescChars
"""
_LIST: Final = """
    allowedChannelPlugins allowedHttpHookUrls availableModels claudeMdExcludes companyAnnouncements
    disabledMcpjsonServers enabledMcpjsonServers fallbackModel httpHookAllowedEnvVars pluginSuggestionMarketplaces
    sshConfigs
"""
_TABLE: Final = """
    breakReminder enabledPlugins env fileSuggestion modelOverrides
    permissions pluginConfigs quietHours remote sandbox skillOverrides spinnerVerbs statusLine voice
    worktree
"""

_KINDS: Final[Mapping[type, str]] = {str: "text", bool: "a boolean", float: "a number", list: "a list", dict: "a table"}

MEMBERS: Final[Mapping[str, type]] = {
    name: kind
    for kind, names in ((str, _TEXT), (bool, _SWITCH), (float, _NUMBER), (list, _LIST), (dict, _TABLE))
    for name in names.split()
}
"""Top-level member -> the only type that the client takes (`float` for any number)."""

PERMISSIONS: Final[Mapping[str, type]] = {
    "allow": list, "deny": list, "ask": list, "additionalDirectories": list, "defaultMode": str,
}  # fmt: skip
"""The same for the members of `permissions`."""


def misfit(top: Mapping[str, object]) -> str:
    """Return which member of a settings file makes the client drop the file, in words; empty when none is known to."""
    inner = top.get("permissions")
    return _misfit(top, MEMBERS) or (_misfit(inner, PERMISSIONS, "permissions.") if isinstance(inner, dict) else "")


def _misfit(table: Mapping[str, object], kinds: Mapping[str, type], above: str = "") -> str:
    for name, value in table.items():
        kind = kinds.get(name)
        if kind is not None and not _is(value, kind):
            return f"`{above}{name}` is not {_KINDS[kind]}"
    return ""


def _is(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind)
