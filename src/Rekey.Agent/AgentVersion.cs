namespace Rekey.Agent;

/// <summary>This program's version.</summary>
internal static class AgentVersion
{
    /// <summary>Semantic version, as the agent reports it.</summary>
    public static string Text { get; } = typeof(AgentVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
