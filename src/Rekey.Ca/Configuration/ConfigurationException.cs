namespace Rekey.Ca.Configuration;

/// <summary>A configuration file is wrong. The message names file, line and field, and is for the administrator who wrote it.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
