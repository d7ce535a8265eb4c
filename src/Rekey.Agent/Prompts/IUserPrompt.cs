using System.Security.Cryptography;

namespace Rekey.Agent.Prompts;

/// <summary>What a window says. All texts are in the reader's language already.</summary>
/// <param name="Title">Window title.</param>
/// <param name="Description">Several lines.</param>
/// <param name="Ok">Label of the button that agrees.</param>
/// <param name="Cancel">Label of the button that does not; null for a window that only tells.</param>
/// <param name="Prompt">Label of the input field.</param>
/// <param name="Error">What was wrong with the last input, or null.</param>
internal sealed record PromptText(string Title, string Description, string Ok, string? Cancel, string Prompt = "", string? Error = null);

/// <summary>Asks the person at the computer, outside the browser.</summary>
internal interface IUserPrompt
{
    /// <summary>Asks for a yes.</summary>
    /// <returns>False when the person declined, closed the window or did not answer in time.</returns>
    Task<bool> ConfirmAsync(PromptText text, CancellationToken cancel);

    /// <summary>Asks for a PIN.</summary>
    /// <returns>Null when the person cancelled; the caller disposes the PIN.</returns>
    Task<Pin?> GetPinAsync(PromptText text, CancellationToken cancel);
}

/// <summary>A PIN in memory that does not move and is cleared. It never becomes a string.</summary>
internal sealed class Pin : IDisposable
{
    private readonly byte[] octets;
    private readonly int length;

    /// <summary>Takes a copy.</summary>
    /// <param name="value">UTF-8; the caller clears it.</param>
    public Pin(ReadOnlySpan<byte> value)
    {
        octets = GC.AllocateUninitializedArray<byte>(value.Length, pinned: true);
        length = value.Length;
        value.CopyTo(octets);
    }

    /// <summary>UTF-8.</summary>
    public ReadOnlySpan<byte> Value => octets.AsSpan(0, length);

    /// <inheritdoc/>
    public override string ToString() => "***";

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(octets);
}
