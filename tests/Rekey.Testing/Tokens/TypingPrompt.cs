using Rekey.Agent.Prompts;

namespace Rekey.Testing.Tokens;

/// <summary>A person who answers as told.</summary>
internal sealed class TypingPrompt(bool confirms = true, params string?[] pins) : IUserPrompt
{
    private int typed;

    /// <summary>What the windows said, in order.</summary>
    public List<PromptText> Windows { get; } = [];

    public Task<bool> ConfirmAsync(PromptText text, CancellationToken cancel)
    {
        Windows.Add(text);
        return Task.FromResult(confirms);
    }

    public Task<Pin?> GetPinAsync(PromptText text, CancellationToken cancel)
    {
        Windows.Add(text);
        var pin = typed < pins.Length ? pins[typed++] : SoftHsm.Pin;
        return Task.FromResult(pin is null ? null : new Pin(System.Text.Encoding.UTF8.GetBytes(pin)));
    }
}
