using System.Text.Json;

namespace Rekey.Ra.Authorisations;

/// <summary>The ceremony's authorisations on their way from the CA's host to the RA's: documents, which hold no code.</summary>
/// <param name="People">The first administrators, in the order in which they were named.</param>
public sealed record CeremonyFile(IReadOnlyList<CeremonyPerson> People)
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true, UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    /// <summary>Its text.</summary>
    public string Write() => JsonSerializer.Serialize(this, Form);

    /// <summary>Reads one.</summary>
    /// <exception cref="JsonException">Not one.</exception>
    public static CeremonyFile Read(string text) => JsonSerializer.Deserialize<CeremonyFile>(text, Form) ?? throw new JsonException("empty");
}

/// <summary>One of the first administrators.</summary>
/// <param name="Name">The person's name.</param>
/// <param name="Document">The authorisation's octets.</param>
public sealed record CeremonyPerson(string Name, byte[] Document);
