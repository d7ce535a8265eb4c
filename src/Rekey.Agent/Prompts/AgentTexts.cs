using System.Globalization;
using System.Resources;
using System.Runtime.CompilerServices;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Agent.Prompts;

/// <summary>The texts of the agent's windows and command line, in one language.</summary>
internal sealed class AgentTexts(CultureInfo culture)
{
    internal static readonly ResourceManager Resources = new("Rekey.Agent.Prompts.AgentTexts", typeof(AgentTexts).Assembly);

    private static readonly string[] LanguageVariables = ["LC_ALL", "LC_MESSAGES", "LANG"];

    /// <summary>The language.</summary>
    public CultureInfo Culture { get; } = culture;

    public string Product => Get();

    public string ConsentOk => Get();

    public string ConsentCancel => Get();

    public string PinPrompt => Get();

    public string Ok => Get();

    public string Cancel => Get();

    public string PinTriesLow => Get();

    public string LastTryOk => Get();

    public string Copied => Get();

    public string NotCopied => Get();

    /// <summary>The texts in a language; anything but English is Chinese.</summary>
    public static AgentTexts In(string? language) =>
        new(CultureInfo.GetCultureInfo(language?.StartsWith("en", StringComparison.OrdinalIgnoreCase) == true ? "en" : "zh-CN"));

    /// <summary>The language of the user's session, for windows before a page has told its own.</summary>
    public static string SystemLanguage() =>
        LanguageVariables.Select(Environment.GetEnvironmentVariable).FirstOrDefault(v => !string.IsNullOrEmpty(v)) ?? "zh-CN";

    public string Consent(string institution, string origin, string checkCode) => Fill(Get(), institution, origin, checkCode);

    public string DownloadConsent(string institution, string origin, string checkCode, string holder) => Fill(Get(), institution, origin, checkCode, holder);

    public string DownloadPin(string institution, string origin, string holder, string token) => Fill(Get(), institution, origin, holder, token);

    public string LoginChoiceOk => Get();

    public string LoginChoiceNext => Get();

    public string LookAgain => Get();

    public string LoginConsent(string institution, string origin, string checkCode) => Fill(Get(), institution, origin, checkCode);

    public string SignConsent(string institution, string origin, string checkCode, string name, string size, string sha256) =>
        Fill(Get(), institution, origin, checkCode, name, size, sha256);

    public string SignPage(string name, string number, string of, string text) => Fill(Get(), name, number, of, text);

    public string SignRead => Get();

    public string SignNext => Get();

    public string SignOk => Get();

    public string LoginChoice(string origin, string number, string of, string holder, string issuer, string serial, string expires, string token) =>
        Fill(Get(), origin, number, of, holder, issuer, serial, expires, token);

    public string Pin(SessionPurpose purpose, string institution, string origin, string holder, string serial, string expires, string token) =>
        Fill(Get(purpose switch { SessionPurpose.Login => "LoginPin", SessionPurpose.Sign => "SignPin", _ => "Pin" }), institution, origin, holder, serial, expires, token);

    public string TokenLine(string label, string manufacturer, string model, string serial, string module) => Fill(Get(), label, manufacturer, model, serial, module);

    public string CertificateLine(string holder, string expires, string serial, string sha256) => Fill(Get(), holder, expires, serial, sha256);

    public string PendingLine(string sha256) => Fill(Get(), sha256);

    public string CertificateDetails(string subject, string issuer, string serial, string from, string until, string sha256) =>
        Fill(Get(), subject, issuer, serial, from, until, sha256);

    /// <summary>An event as a line on the console, or null when there is nothing to say.</summary>
    public string? Event(AgentEvent happened) => happened switch
    {
        AgentStepEvent { Step: var step } => Get($"Step{step}"),
        RemovedEvent => Problems.TokenRemoved().Title(Culture),
        InsertedEvent { Token: var token } => Fill(Get("Inserted"), token.Label),
        PinWrongEvent { TriesLeft: { } left } => Problems.PinWrong(left).Title(Culture),
        PinWrongEvent => Problems.PinWrong().Title(Culture),
        _ => null,
    };

    /// <summary>A problem in full, as a window shows it.</summary>
    public string Full(Problem problem) => $"{problem.Title(Culture)}\n\n{problem.Meaning(Culture)}\n{problem.Action(Culture)}\n\n{problem.Code}";

    private string Get([CallerMemberName] string key = "") =>
        Resources.GetString(key, Culture) ?? throw new InvalidOperationException($"{key} has no text");

    private string Fill(string template, params IReadOnlyList<string> values) => PlaceholderText.Fill(template, values, Culture);
}
